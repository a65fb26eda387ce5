import type { modelAnswered, modelCallRequested } from '@signalbox/contracts';
import type { Run, RunModel } from '@signalbox/executions';
import { AppError, deriveId, isDeeperThan, type DataOf } from '@signalbox/kernel';
import type { ModelAnswer, ModelPort } from '@signalbox/models';
import { conversationOf } from './conversation.ts';

/** More tool uses than this in one answer is no plan. */
const TOOL_USES_MAX = 16;
/** Of a whole answer as JSON. It has to fit into events and commands, each with more around it. */
const ANSWER_BYTES_MAX = 128 * 1024;
const ARGUMENTS_DEPTH_MAX = 100;

/** Asks a model on behalf of a run, and gives its tool uses ids that follow from the run. */
export class AgentModel implements RunModel {
  constructor(
    private readonly port: ModelPort,
    readonly identity: Omit<DataOf<typeof modelCallRequested>, 'step'>,
  ) {}

  /** @throws AppError as `ModelPort.complete` does; `invalid` for one that is out of bounds. */
  async answer(run: Run, step: number, signal: AbortSignal): Promise<DataOf<typeof modelAnswered>> {
    const { provider, model } = this.identity;
    const request = { provider, model, ...conversationOf(run) };
    const { toolUses, ...answer } = await this.port.complete(request, signal);
    assertWithinBounds(answer.text, toolUses);
    return {
      ...answer,
      step,
      toolUses: toolUses.map(({ name, arguments: given }, index) => ({
        callId: deriveId(run.started.executionId, step, index),
        tool: name,
        arguments: given,
      })),
    };
  }
}

function assertWithinBounds(text: string, toolUses: ModelAnswer['toolUses']): void {
  if (toolUses.length > TOOL_USES_MAX) {
    const problem = `wants ${toolUses.length} tool uses at once, at most ${TOOL_USES_MAX} may be`;
    throw outOfBounds('too_many_tool_uses', problem);
  }
  if (isDeeperThan(ARGUMENTS_DEPTH_MAX, toolUses)) {
    const problem = `gave arguments that nest deeper than ${ARGUMENTS_DEPTH_MAX} levels`;
    throw outOfBounds('malformed_arguments', problem);
  }
  const bytes = Buffer.byteLength(JSON.stringify([text, toolUses]));
  if (bytes > ANSWER_BYTES_MAX) {
    const problem = `answered with ${bytes} bytes, at most ${ANSWER_BYTES_MAX} may be`;
    throw outOfBounds('answer_too_large', problem);
  }
}

function outOfBounds(code: string, problem: string): AppError {
  return new AppError({ code, kind: 'invalid', message: `The model ${problem}.` });
}
