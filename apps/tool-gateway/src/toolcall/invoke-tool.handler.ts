import type { ToolInvocation, ToolOutcome } from '@signalbox/contracts';
import {
  AppError,
  asAppError,
  causedBy,
  deriveId,
  digestOf,
  type MessageContext,
  type ReceivedCommand,
} from '@signalbox/kernel';
import type { CommandBus } from '@signalbox/messaging';
import type { Tool } from '../ports/tool.port.ts';
import { recordable } from './argument-bounds.ts';
import type { InvocationChecks } from './invocation-checks.ts';
import { runClaimed, type RunToolOptions } from './run-tool.ts';
import type { RunningCalls } from './running-calls.ts';
import { settle } from './settlement.ts';
import type { Standing, ToolcallLog } from './toolcall-log.ts';
import { PARKED } from './toolcall.decider.ts';

export interface InvokeToolOptions extends RunToolOptions {
  readonly log: ToolcallLog;
  readonly bus: CommandBus;
  readonly checks: InvocationChecks;
  readonly running: RunningCalls;
  /** Who claims: the instance of this gateway. */
  readonly gateway: string;
  /** Of the policy that `checks` hold calls against. */
  readonly policyDigest: string;
}

/** One command at work: what is recorded, and what is added because of it. */
interface Work {
  readonly command: ReceivedCommand<ToolInvocation>;
  /** The invocation as it is recorded. */
  readonly invocation: ToolInvocation;
  readonly context: MessageContext;
  readonly signal: AbortSignal;
}

/** Runs a tool once for each effect key, and tells the caller what became of it. */
export class InvokeToolHandler {
  constructor(private readonly options: InvokeToolOptions) {}

  /**
   * @throws AppError `unavailable` when another gateway has claimed it, or what must be known cannot
   * be: nothing ran here then. `invalid` when the effect key is another call's.
   */
  handle(command: ReceivedCommand<ToolInvocation>): Promise<ToolOutcome> {
    return this.options.running.alone(command.data.callId, (signal) =>
      this.invoke({
        command,
        invocation: recordable(command.data, this.options.limits),
        context: causedBy(command, 'service:tool-gateway'),
        signal,
      }),
    );
  }

  private async invoke(work: Work): Promise<ToolOutcome> {
    const { log } = this.options;
    const { callId } = work.invocation;
    // What comes for the first time is new, nearly always; the guard of its first event tells.
    const isNew = work.command.deliveries === 1;
    const found = isNew ? log.unread(callId) : await log.read(callId);
    const outcome =
      recordedIn(found, work) ??
      (await this.carryOut(work, found).catch(async (error: unknown) => {
        if (asAppError(error).kind !== 'conflict') throw error;
        const ended = recordedIn(await log.read(callId), work);
        // Who claimed it may be at work; when it is delivered again, it had its time.
        if (!ended) throw claimedElsewhere(callId, error);
        return ended;
      }));
    const told = { id: deriveId(callId, 'settle'), context: work.context };
    await settle(this.options.bus, work.invocation, outcome, told);
    return outcome;
  }

  private async carryOut(work: Work, found: Standing): Promise<ToolOutcome> {
    const { checks, log, redactor } = this.options;
    const { command, invocation, context, signal } = work;
    const claimedBefore = found.state.invocation !== undefined;
    const park = async () => (await log.end(found, PARKED, context)).outcome;
    if (claimedBefore && !found.state.repeatable) return park();

    const asked = { issuedUnder: command.epoch, claimedBefore };
    const verdict = await checks.verdictOn(command.data, asked);
    if (!verdict.allowed) {
      const refusal = { clause: verdict.clause, message: redactor.redact(verdict.message) };
      await log.append(found, { do: 'refuse', invocation, ...refusal }, context);
      return { status: 'refused', ...refusal };
    }
    const { tool } = verdict.offered;
    if (claimedBefore && !tool.repeatable) return park();

    const claimed = claimedBefore ? found : await this.claim(work, found, verdict.epoch, tool);
    const call = { tool, invocation: command.data, checkedAt: verdict.checkedAt };
    const ended = await runClaimed(call, signal, this.options);
    return (await log.end(claimed, ended, context)).outcome;
  }

  private claim(
    { invocation, context }: Work,
    found: Standing,
    epoch: number,
    { repeatable }: Tool,
  ): Promise<Standing> {
    const { log, gateway, policyDigest } = this.options;
    const claim = { invocation, gateway, epoch, repeatable, policyDigest };
    return log.append(found, { do: 'claim', ...claim }, context);
  }
}

/** How the call has ended, if it has. @throws AppError `invalid` when the record is another call's. */
function recordedIn({ state }: Standing, { invocation }: Work): ToolOutcome | undefined {
  const { invocation: recorded, outcome } = state;
  if (!recorded || digestOf(recorded) === digestOf(invocation)) return outcome;
  throw new AppError({
    code: 'call_id_reused',
    kind: 'invalid',
    message: `The effect key ${invocation.callId} belongs to another call.`,
  });
}

function claimedElsewhere(callId: string, cause: unknown): AppError {
  return new AppError({
    code: 'claimed_elsewhere',
    kind: 'unavailable',
    message: `Another gateway has claimed call ${callId}.`,
    cause,
  });
}
