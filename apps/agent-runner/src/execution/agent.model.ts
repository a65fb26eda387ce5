import type { modelAnswered } from '@signalbox/contracts';
import type { AnswerOptions, ModelCall, Run, RunModel } from '@signalbox/executions';
import { type AppError, deriveId, isDeeperThan, type DataOf } from '@signalbox/kernel';
import {
  callLimits,
  costOf,
  type CountedPrompt,
  type ModelAnswer,
  type ModelName,
  type ModelRequest,
} from '@signalbox/models';
import type { AskedModels, ModelRegistry } from '../models/model-registry.ts';
import type { RunWatch } from '../ports/run-watch.port.ts';
import { agentPlanOf } from './agent.planner.ts';
import { conversationOf } from './conversation.ts';
import { counted, MICRO_USD, UselessAnswer } from './useless-answer.ts';

/** More tool uses than this in one answer is no plan. */
const TOOL_USES_MAX = 16;
/** Of a whole answer as JSON. It has to fit into events and commands, each with more around it. */
const ANSWER_BYTES_MAX = 128 * 1024;
const ARGUMENTS_DEPTH_MAX = 100;

/** Asks models on behalf of runs, and gives their tool uses ids that follow from the run. */
export class AgentModel implements RunModel {
  constructor(
    private readonly models: ModelRegistry,
    private readonly watch: RunWatch,
  ) {}

  async prepare(run: Run, step: number): Promise<ModelCall> {
    const asked = await this.models.find(agentPlanOf(run).models);
    const { identity, candidates } = asked;
    const { provider, model } = identity;
    const request = { provider, model, ...conversationOf(run) };
    return {
      identity,
      candidates,
      ...callLimits(request, candidates, countedOf(run, request, candidates)),
      answer: (how) => this.answer({ run, step, request, asked }, how),
    };
  }

  /** @throws AppError as `ModelPort.complete` does; `invalid` for one that is out of bounds. */
  private async answer(
    { run, step, request, asked }: Asked,
    { signal, outputTokensMax }: AnswerOptions,
  ): Promise<DataOf<typeof modelAnswered>> {
    const { executionId } = run.started;
    const limit = outputTokensMax === undefined ? {} : { outputTokensMax };
    const watched = this.watch.open({ executionId, step });
    try {
      const answer = await asked.port.complete({ ...request, ...limit }, signal, watched.onText);
      assertWithinBounds(answer);
      return recorded(answer, { executionId, step });
    } catch (error) {
      throw counted(error);
    } finally {
      watched.end();
    }
  }
}

/** The prompt before, where nobody can answer but the model that counted it. */
function countedOf(
  { answers }: Run,
  { provider, model }: ModelRequest,
  candidates: readonly ModelName[],
): CountedPrompt | undefined {
  const last = answers.at(-1);
  const isItsOwn = last?.provider === provider && last.model.startsWith(model);
  if (!last || !isItsOwn || candidates.length > 1) return undefined;
  // Its answer and the results of its tool uses came since.
  const before = answers.slice(0, -1).map(({ toolUses }) => 1 + toolUses.length);
  const messages = before.reduce((sum, count) => sum + count, 1);
  return { messages, promptTokens: last.promptTokens };
}

interface Asked {
  readonly run: Run;
  readonly step: number;
  readonly request: ModelRequest;
  readonly asked: AskedModels;
}

/** As the journal keeps it. */
function recorded(
  { toolUses, failedBefore, ...answer }: ModelAnswer,
  { executionId, step }: { readonly executionId: string; readonly step: number },
): DataOf<typeof modelAnswered> {
  const cost = costOf(answer, answer);
  return {
    ...answer,
    ...(failedBefore && { failedBefore: [...failedBefore] }),
    ...(cost !== undefined && { usd: cost / MICRO_USD }),
    step,
    toolUses: toolUses.map(({ name, arguments: given }, index) => ({
      callId: deriveId(executionId, step, index),
      tool: name,
      arguments: given,
    })),
  };
}

function assertWithinBounds(answer: ModelAnswer): void {
  const { text, toolUses } = answer;
  if (toolUses.length > TOOL_USES_MAX) {
    const problem = `wants ${toolUses.length} tool uses at once, at most ${TOOL_USES_MAX} may be`;
    throw outOfBounds(answer, 'too_many_tool_uses', problem);
  }
  if (isDeeperThan(ARGUMENTS_DEPTH_MAX, toolUses)) {
    const problem = `gave arguments that nest deeper than ${ARGUMENTS_DEPTH_MAX} levels`;
    throw outOfBounds(answer, 'malformed_arguments', problem);
  }
  const bytes = Buffer.byteLength(JSON.stringify([text, toolUses]));
  if (bytes > ANSWER_BYTES_MAX) {
    const problem = `answered with ${bytes} bytes, at most ${ANSWER_BYTES_MAX} may be`;
    throw outOfBounds(answer, 'answer_too_large', problem);
  }
}

function outOfBounds(answer: ModelAnswer, code: string, problem: string): AppError {
  return new UselessAnswer({ code, message: `The model ${problem}.` }, answer, answer);
}
