import { Injectable } from '@nestjs/common';
import { decisionMade, signalReceived, type Signal, type SignalEvent } from '@signalbox/contracts';
import { AppError, type MessageContext, type RecordedEvent } from '@signalbox/kernel';
import {
  CommandBus,
  EventStore,
  headerNames,
  NO_EVENTS,
  type ReceivedMessage,
} from '@signalbox/messaging';
import { DecisionMaker } from '../decision/decision-maker.ts';
import { followUpOf } from '../decision/follow-up.ts';
import { signalOf } from './signal.codec.ts';

type SignalLog = readonly RecordedEvent<SignalEvent>[];

/** One signal → one recorded decision → at most one command, however often it is delivered. */
@Injectable()
export class DecideSignalHandler {
  constructor(
    private readonly store: EventStore,
    private readonly commands: CommandBus,
    private readonly decisions: DecisionMaker,
  ) {}

  /**
   * @throws AppError `invalid` for what is no signal, and for one under another's id; `too_large`;
   * as `DecisionMaker` and the ports do.
   */
  async handle(message: ReceivedMessage): Promise<void> {
    const signal = signalOf(message);
    const recorded = await this.recorded(signal, message);
    const followUp = followUpOf(recorded);
    // Sent after the decision is on disk, and again when that was all a crash left undone.
    if (followUp) await this.commands.send(followUp.command, followUp.options);
  }

  /**
   * The signal and its decision are an append each: a batch of two costs this server more than
   * both, and while a model is asked the audit already says that the signal was taken.
   */
  private async recorded(signal: Signal, message: ReceivedMessage): Promise<SignalLog> {
    let log = message.deliveries > 1 ? await this.read(signal) : [];
    if (log.length === 0) {
      const context = contextOf(signal, message, this.decisions.epoch);
      log = await this.append(signal, log, signalReceived.of({ signal }) as SignalEvent, context);
    }
    if (log.some(({ type }) => type === decisionMade.type)) return log;
    const { decision, epoch } = await this.decisions.decide(signal, message.deliveries);
    return this.append(signal, log, decision, contextOf(signal, message, epoch));
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
    correlationId: signal.id,
    causationId: signal.id,
    actor: 'service:router',
    epoch,
    ...(traceparent === undefined ? {} : { traceparent }),
  };
}
