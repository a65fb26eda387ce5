import { Logger } from '@nestjs/common';
import type { ToolOutcome } from '@signalbox/contracts';
import { AppError, asAppError, fold, type MessageContext } from '@signalbox/kernel';
import { NO_EVENTS, type EventStore, type Head } from '@signalbox/messaging';
import { setTimeout as delay } from 'node:timers/promises';
import {
  toolcallDecider,
  type SeenToolcallEvent,
  type Toolcall,
  type ToolcallCommand,
} from './toolcall.decider.ts';

/**
 * An outcome exists nowhere but in memory until it is appended, and without it the call is
 * parked; so a store that is away for half a minute is waited for.
 */
const RECORD_AGAIN_MS = [100, 300, 1_000, 3_000, 10_000, 15_000];

/** A tool call as one gateway saw it last. */
export interface Standing {
  readonly callId: string;
  readonly state: Toolcall;
  readonly head: Head;
  /** The story it belongs to; absent before anything was recorded. */
  readonly correlationId?: string | undefined;
}

/** The records of tool calls. What stands in them is read from the leader. */
export class ToolcallLog {
  private readonly logger = new Logger(ToolcallLog.name);

  constructor(private readonly store: EventStore) {}

  /** Of a call that is taken for new: if it is not, the first append behind this is a conflict. */
  unread(callId: string): Standing {
    return { callId, state: toolcallDecider.initialState(), head: NO_EVENTS };
  }

  async read(callId: string): Promise<Standing> {
    const { events, head } = await this.store.read(refOf(callId), { fresh: true });
    const state = fold(toolcallDecider, events as readonly SeenToolcallEvent[]);
    return { callId, state, head, correlationId: events[0]?.record.correlationId };
  }

  /** @throws AppError as the decider does; `conflict` when another gateway was faster. */
  async append(
    from: Standing,
    command: ToolcallCommand,
    context: MessageContext,
  ): Promise<Standing> {
    const decided = toolcallDecider.decide(command, from.state);
    const { callId } = from;
    const { events, head } = await this.store.append(refOf(callId), from.head, decided, context);
    const added = events as readonly SeenToolcallEvent[];
    return { ...from, state: added.reduce(toolcallDecider.evolve, from.state), head };
  }

  /**
   * Appends how the call ended. If somebody else was faster, theirs is how it ended.
   * @throws AppError `conflict` when somebody else has claimed it and not ended it yet.
   */
  async end(
    from: Standing,
    command: ToolcallCommand,
    context: MessageContext,
  ): Promise<{ readonly state: Toolcall; readonly outcome: ToolOutcome }> {
    const { state } = await this.appendPatiently(from, command, context);
    if (state.outcome) return { state, outcome: state.outcome };
    throw new AppError({
      code: 'claimed_elsewhere',
      kind: 'conflict',
      message: `Another gateway has claimed call ${from.callId}.`,
    });
  }

  private async appendPatiently(
    from: Standing,
    command: ToolcallCommand,
    context: MessageContext,
  ): Promise<Standing> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.append(from, command, context);
      } catch (error) {
        const { kind } = asAppError(error);
        const waitMs = RECORD_AGAIN_MS[attempt];
        if (kind === 'conflict') return this.superseded(from, command);
        if (kind !== 'unavailable' || waitMs === undefined) throw error;
        await delay(waitMs);
      }
    }
  }

  private async superseded({ callId }: Standing, command: ToolcallCommand): Promise<Standing> {
    const now = await this.read(callId);
    this.logger.warn(
      `call ${callId} was to ${command.do}, but stands recorded as ` +
        `${now.state.outcome?.status ?? 'claimed'}; that is left alone`,
    );
    return now;
  }
}

const refOf = (callId: string) => ({ aggregate: 'toolcall', id: callId });
