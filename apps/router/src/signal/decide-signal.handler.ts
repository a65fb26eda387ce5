import { Injectable } from '@nestjs/common';
import { decisionMade, signalReceived, type Signal, type SignalEvent } from '@signalbox/contracts';
import { AppError, type MessageContext, ownStory, type RecordedEvent } from '@signalbox/kernel';
import {
  CommandBus,
  EventStore,
  headerNames,
  NO_EVENTS,
  type ReceivedMessage,
} from '@signalbox/messaging';
import { type Decided, DecisionMaker } from '../decision/decision-maker.ts';
import { ProblemBook } from '../problem/problem-book.ts';
import type { Standing } from '../problem/problem.decider.ts';
import { decisionBy } from '../problem/problem.decision.ts';
import { signalOf } from './signal.codec.ts';

type SignalLog = readonly RecordedEvent<SignalEvent>[];

/**
 * One signal → one recorded decision → at most one command, however often it is delivered. What is
 * written first is what the signal says of its problem: a crash after that leaves a problem that
 * says which delivery opened it, and that delivery, when it comes again, decides. Should it not
 * come again, a repeat takes its place.
 */
@Injectable()
export class DecideSignalHandler {
  constructor(
    private readonly store: EventStore,
    private readonly commands: CommandBus,
    private readonly decisions: DecisionMaker,
    private readonly problems: ProblemBook,
  ) {}

  /**
   * @throws AppError `invalid` for what is no signal, and for one under another's id; `too_large`;
   * as `ProblemBook`, `DecisionMaker` and the ports do.
   */
  async handle(message: ReceivedMessage): Promise<void> {
    const signal = signalOf(message);
    const context = contextOf(signal, message, this.decisions.epoch);
    const standing = await this.problems.report(signal, context);
    if (standing.kind === 'known') return;
    const recorded = await this.recorded(signal, standing, message);
    if (standing.kind === 'decide') this.problems.decided(signal);
    const followUp = await this.decisions.followUp(recorded);
    // Sent after the decision is on disk, and again when that was all a crash left undone.
    if (followUp) await this.commands.send(followUp.command, followUp.options);
  }

  /**
   * The signal and its decision are an append each: a batch of two costs this server more than
   * both, and while a model is asked the audit already says that the signal was taken.
   */
  private async recorded(
    signal: Signal,
    standing: Standing,
    message: ReceivedMessage,
  ): Promise<SignalLog> {
    let log = message.deliveries > 1 ? await this.read(signal) : [];
    if (log.length === 0) {
      const context = contextOf(signal, message, this.decisions.epoch);
      log = await this.append(signal, log, signalReceived.of({ signal }) as SignalEvent, context);
    }
    if (log.some(({ type }) => type === decisionMade.type)) return log;
    const { decision, epoch } = await this.decided(signal, standing, message);
    return this.append(signal, log, decision, contextOf(signal, message, epoch));
  }

  private async decided(
    signal: Signal,
    standing: Standing,
    message: ReceivedMessage,
  ): Promise<Decided> {
    const decision = decisionBy(standing);
    if (decision !== undefined) return { decision, epoch: this.decisions.epoch };
    return this.decisions.decide(signal, message);
  }

  /** The log with `event` behind it; as another router wrote it, where that one was faster. */
  private async append(
    signal: Signal,
    log: SignalLog,
    event: SignalEvent,
    context: MessageContext,
  ): Promise<SignalLog> {
    try {
      const head = log.at(-1)?.record ?? NO_EVENTS;
      const { events } = await this.store.append(refOf(signal), head, [event], context);
      return [...log, ...(events as SignalLog)];
    } catch (error) {
      if (error instanceof AppError && error.kind === 'conflict') return this.read(signal);
      throw error;
    }
  }

  private async read(signal: Signal): Promise<SignalLog> {
    const { events } = await this.store.read(refOf(signal), { fresh: true });
    const recorded = events as SignalLog;
    for (const { type, data } of recorded) {
      if (type === 'signal.received' && !saysTheSame(data.signal, signal)) throw idTaken(signal);
    }
    return recorded;
  }
}

/** A source may say one fact again, in another delivery; ids that are not ours may also collide. */
function saysTheSame(recorded: Signal, signal: Signal): boolean {
  return (['source', 'type', 'fingerprint', 'status'] as const).every(
    (field) => recorded[field] === signal[field],
  );
}

function idTaken({ id }: Signal): AppError {
  return new AppError({
    code: 'signal_id_taken',
    kind: 'invalid',
    message: `signal: id: ${id} belongs to another signal, which was decided`,
    fields: [{ field: 'id', problem: 'belongs to another signal' }],
  });
}

function refOf({ id }: Signal) {
  return { aggregate: 'signal', id };
}

function contextOf(signal: Signal, message: ReceivedMessage, epoch: number): MessageContext {
  const traceparent = message.headers[headerNames.traceparent];
  return {
    ...ownStory(signal.id, 'service:router', epoch),
    ...(traceparent === undefined ? {} : { traceparent }),
  };
}
