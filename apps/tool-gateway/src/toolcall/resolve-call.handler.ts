import type { resolveCall } from '@signalbox/contracts';
import {
  AppError,
  causedBy,
  deriveId,
  type DataOf,
  type JsonObject,
  type MessageContext,
  type ReceivedCommand,
} from '@signalbox/kernel';
import type { CommandBus } from '@signalbox/messaging';
import assert from 'node:assert/strict';
import type { InvocationChecks } from './invocation-checks.ts';
import { runClaimed, type ClaimedCall, type RunToolOptions } from './run-tool.ts';
import type { RunningCalls } from './running-calls.ts';
import { settle } from './settlement.ts';
import type { Standing, ToolcallLog } from './toolcall-log.ts';
import {
  knownOutcome,
  PARKED,
  statusOf,
  toolcallDecider,
  type Toolcall,
} from './toolcall.decider.ts';

type ResolveCall = ReceivedCommand<DataOf<typeof resolveCall>>;

export interface ResolveCallOptions extends RunToolOptions {
  readonly log: ToolcallLog;
  readonly bus: CommandBus;
  readonly checks: InvocationChecks;
  readonly running: RunningCalls;
}

/**
 * Writes down what a person says of a parked call, and runs it once more if they say so. The run
 * that asked was told `unknown` and has ended by that; it may still hold a resource for the call.
 */
export class ResolveCallHandler {
  constructor(private readonly options: ResolveCallOptions) {}

  /**
   * Answers `{call_id, status, message?}`: how it now stands, in the words of the read model.
   * @throws AppError `forbidden` resolver_not_a_person, `missing` tool_call_not_found, `conflict`
   * tool_call_not_parked, or retry_refused when it may not be run: it then stays parked.
   */
  handle(command: ResolveCall): Promise<JsonObject> {
    const { callId } = command.data;
    return this.options.running.alone(callId, async (signal) =>
      answerOf(callId, await this.resolve(command, signal)),
    );
  }

  private async resolve(command: ResolveCall, signal: AbortSignal): Promise<Toolcall> {
    const { log, bus } = this.options;
    const found = await log.read(command.data.callId);
    // It belongs to the story of the signal, whatever the person's tool thinks it began.
    const { correlationId = command.correlationId } = found;
    const context = { ...causedBy(command, 'service:tool-gateway'), correlationId } as const;
    const state = await this.carryOut(command, found, context, signal);
    const outcome = knownOutcome(state);
    const told = { id: deriveId(command.id, 'settle'), context };
    if (state.invocation && outcome) await settle(bus, state.invocation, outcome, told);
    return state;
  }

  private async carryOut(
    { id, actor, data, epoch }: ResolveCall,
    found: Standing,
    ofGateway: MessageContext,
    signal: AbortSignal,
  ): Promise<Toolcall> {
    const { log } = this.options;
    const word = { do: 'resolve', ...data, id, by: actor } as const;
    const ofPerson = { ...ofGateway, actor };

    const isRepeated = toolcallDecider.decide(word, found.state).length === 0;
    if (isRepeated) {
      // A retry without an outcome: whoever began it has died.
      return found.state.outcome ? found.state : (await log.end(found, PARKED, ofGateway)).state;
    }
    if (data.verdict !== 'retry') return (await log.append(found, word, ofPerson)).state;
    const call = await this.callable(found, epoch);
    const claimed = await log.append(found, word, ofPerson);
    const ended = await runClaimed(call, signal, this.options);
    return (await log.end(claimed, ended, ofGateway)).state;
  }

  /** @throws AppError `conflict` when it may not be run, `unavailable` when that is not known. */
  private async callable(
    { state: { invocation } }: Standing,
    issuedUnder: number,
  ): Promise<ClaimedCall> {
    assert(invocation, 'a call that is parked was asked for');
    const asked = { issuedUnder, claimedBefore: true, onceMore: true };
    const verdict = await this.options.checks.verdictOn(invocation, asked);
    if (verdict.allowed) {
      const { offered, checkedAt } = verdict;
      return { tool: offered.tool, invocation, checkedAt };
    }
    const why = this.options.redactor.redact(verdict.message);
    throw new AppError({
      code: 'retry_refused',
      kind: 'conflict',
      message: `It may not be run again, and stays parked: ${verdict.clause}: ${why}`,
    });
  }
}

function answerOf(call_id: string, state: Toolcall): JsonObject {
  const { outcome } = state;
  const status = statusOf(state);
  const isSaid = outcome !== undefined && 'message' in outcome && outcome.status === status;
  return { call_id, status, ...(isSaid ? { message: outcome.message } : {}) };
}
