import { Logger } from '@nestjs/common';
import {
  settleAgentTool,
  settleWorkflowTool,
  type ToolcallEvent,
  type ToolInvocation,
  type ToolOutcome,
} from '@signalbox/contracts';
import {
  AppError,
  asAppError,
  causedBy,
  deriveId,
  digestOf,
  fold,
  type MessageContext,
  type ReceivedCommand,
  type RecordedEvent,
} from '@signalbox/kernel';
import { type CommandBus, type EventStore, type Head } from '@signalbox/messaging';
import { setTimeout as delay } from 'node:timers/promises';
import type { LimitsConfig } from '../gateway-config/gateway-config.schema.ts';
import type { Tool } from '../ports/tool.port.ts';
import { recordable } from './argument-bounds.ts';
import type { InvocationChecks } from './invocation-checks.ts';
import { lateRefusal } from './late-refusal.ts';
import type { Redactor } from '../secrets/redactor.ts';
import type { RunningCalls } from './running-calls.ts';
import { runTool } from './run-tool.ts';
import { toolcallDecider, type Toolcall, type ToolcallCommand } from './toolcall.decider.ts';

/**
 * An outcome exists nowhere but in memory until it is appended, and without it the call is
 * parked; so a store that is away for half a minute is waited for.
 */
const RECORD_AGAIN_MS = [100, 300, 1_000, 3_000, 10_000, 15_000];

const PARKED = 'A gateway began this call and nobody recorded how it ended.';

export interface InvokeToolOptions {
  readonly store: EventStore;
  readonly bus: CommandBus;
  readonly checks: InvocationChecks;
  readonly running: RunningCalls;
  readonly limits: LimitsConfig;
  readonly redactor: Redactor;
  /** Who claims: the instance of this gateway. */
  readonly gateway: string;
}

/** One command at work: what is recorded, and what is added because of it. */
interface Work {
  readonly command: ReceivedCommand<ToolInvocation>;
  /** The invocation as it is recorded. */
  readonly invocation: ToolInvocation;
  readonly context: MessageContext;
  readonly signal: AbortSignal;
}

interface Standing {
  readonly state: Toolcall;
  readonly head: Head;
}

/** Runs a tool once for each effect key, and tells the caller what became of it. */
export class InvokeToolHandler {
  private readonly logger = new Logger(InvokeToolHandler.name);

  constructor(private readonly options: InvokeToolOptions) {}

  /**
   * @throws AppError `conflict` when another gateway was faster, `unavailable` when what must
   * be known cannot be: both before anything ran. `invalid` when the effect key is another call's.
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
    const found = await this.read(work);
    if (found.state.invocation) assertSameCall(found.state.invocation, work.invocation);
    const outcome = found.state.outcome ?? (await this.carryOut(work, found));
    await this.settle(work, outcome);
    return outcome;
  }

  private async carryOut(work: Work, found: Standing): Promise<ToolOutcome> {
    const { invocation, signal } = work;
    const claimedBefore = found.state.invocation !== undefined;
    const park: ToolcallCommand = { do: 'park', message: PARKED };
    if (claimedBefore && !found.state.repeatable) return this.end(work, found, park);

    const checkedAt = performance.now();
    const verdict = await this.options.checks.verdictOn(work.command.data, work.command.epoch);
    if (!verdict.allowed) {
      const message = this.options.redactor.redact(verdict.message);
      return this.end(work, found, { do: 'refuse', invocation, clause: verdict.clause, message });
    }
    const { tool } = verdict.offered;
    if (claimedBefore && !tool.repeatable) return this.end(work, found, park);

    const claimed = claimedBefore ? found : await this.claim(work, found, verdict.epoch, tool);
    const refusal = lateRefusal(signal, performance.now() - checkedAt);
    if (refusal) return this.end(work, claimed, { do: 'refuse', invocation, ...refusal });
    const ended = await runTool(tool, work.command.data, signal, this.options);
    return this.end(work, claimed, ended);
  }

  private claim(work: Work, found: Standing, epoch: number, tool: Tool): Promise<Standing> {
    const { repeatable } = tool;
    const { invocation } = work;
    const { gateway } = this.options;
    return this.append(work, found, { do: 'claim', invocation, gateway, epoch, repeatable });
  }

  /** Appends how the call ended. If somebody else was faster, theirs is how it ended. */
  private async end(work: Work, from: Standing, command: ToolcallCommand): Promise<ToolOutcome> {
    const ended = await this.appendPatiently(work, from, command);
    if (ended.state.outcome) return ended.state.outcome;
    throw new AppError({
      code: 'claimed_elsewhere',
      kind: 'conflict',
      message: `Another gateway has claimed call ${work.invocation.callId}.`,
    });
  }

  private async appendPatiently(work: Work, from: Standing, command: ToolcallCommand) {
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.append(work, from, command);
      } catch (error) {
        const { kind } = asAppError(error);
        const waitMs = RECORD_AGAIN_MS[attempt];
        if (kind === 'conflict') return this.superseded(work, command);
        if (kind !== 'unavailable' || waitMs === undefined) throw error;
        await delay(waitMs);
      }
    }
  }

  private async superseded(work: Work, command: ToolcallCommand): Promise<Standing> {
    const now = await this.read(work);
    this.logger.warn(
      `call ${work.invocation.callId} was to ${command.do}, but stands recorded as ` +
        `${now.state.outcome?.status ?? 'claimed'}; that is left alone`,
    );
    return now;
  }

  private async append(work: Work, from: Standing, command: ToolcallCommand): Promise<Standing> {
    const decided = toolcallDecider.decide(command, from.state);
    const { events, head } = await this.options.store.append(
      refOf(work.invocation),
      from.head,
      decided,
      work.context,
    );
    const added = events as readonly RecordedEvent<ToolcallEvent>[];
    return { state: added.reduce(toolcallDecider.evolve, from.state), head };
  }

  private async read({ invocation }: Work): Promise<Standing> {
    const { events, head } = await this.options.store.read(refOf(invocation), { fresh: true });
    return {
      state: fold(toolcallDecider, events as readonly RecordedEvent<ToolcallEvent>[]),
      head,
    };
  }

  private async settle({ invocation, context }: Work, outcome: ToolOutcome): Promise<void> {
    const { executionId, callId, replyTo } = invocation;
    const definition = replyTo === 'automation' ? settleWorkflowTool : settleAgentTool;
    await this.options.bus.send(definition.of({ executionId, callId, outcome }), {
      id: deriveId(callId, 'settle'),
      context,
    });
  }
}

const refOf = ({ callId }: ToolInvocation) => ({ aggregate: 'toolcall', id: callId });

function assertSameCall(recorded: ToolInvocation, asked: ToolInvocation): void {
  if (digestOf(recorded) === digestOf(asked)) return;
  throw new AppError({
    code: 'call_id_reused',
    kind: 'invalid',
    message: `The effect key ${asked.callId} belongs to another call.`,
  });
}
