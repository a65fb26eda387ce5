import { decisionMade, signalOverdue } from '@signalbox/contracts';
import { asAppError, type Clock } from '@signalbox/kernel';
import { NO_EVENTS, type EventStore } from '@signalbox/messaging';
import type { ControlWatch } from '@signalbox/service';
import type { AcceptedSignal, UndecidedSignals } from './undecided-signals.ts';

/** Most signals looked up, and most reported, in one round. */
const ROUND_MAX = 500;

export interface OverdueSignalsOptions {
  readonly undecided: UndecidedSignals;
  readonly store: EventStore;
  readonly clock: Clock;
  readonly control: Pick<ControlWatch, 'epoch'>;
  /** A signal without a decision is overdue after this. */
  readonly sloMs: number;
}

/**
 * Settles by the log itself what was not seen to be decided: the log is the truth, what is
 * followed only spares reading it.
 */
export class OverdueSignals {
  readonly #options: OverdueSignalsOptions;

  constructor(options: OverdueSignalsOptions) {
    this.#options = options;
  }

  /**
   * Forgets signals that turn out to be decided, of those that the router was given.
   * @param delivered the last sequence of SIGNALS that it was given.
   * @throws AppError as the store does.
   */
  async lookUp(delivered: number): Promise<void> {
    const { undecided, clock } = this.#options;
    const doubtful = undecided.doubtful(clock.now().getTime(), delivered, ROUND_MAX);
    await Promise.all(doubtful.map((signal) => this.#forgetDecided(signal, false)));
  }

  /**
   * Records `signal.overdue`, once for all processes and all time, for signals past their time.
   * @returns those that are overdue since the last round, recorded by whomever.
   * @throws AppError as the store does.
   */
  async report(): Promise<readonly AcceptedSignal[]> {
    const { undecided, clock, sloMs } = this.#options;
    const late = undecided.unreported(clock.now().getTime() - sloMs, ROUND_MAX);
    const reported = await Promise.all(
      late.map(async (signal) => {
        if (await this.#forgetDecided(signal, true)) return [];
        await this.#record(signal);
        undecided.reported(signal);
        return [signal];
      }),
    );
    return reported.flat();
  }

  /** True when it is decided. */
  async #forgetDecided({ signalId }: AcceptedSignal, fresh: boolean): Promise<boolean> {
    const { undecided, store } = this.#options;
    const { events } = await store.read({ aggregate: 'signal', id: signalId }, { fresh });
    const isDecided = events.some(({ type }) => type === decisionMade.type);
    if (isDecided) undecided.decided(signalId);
    return isDecided;
  }

  async #record({ signalId, subject, acceptedAt }: AcceptedSignal): Promise<void> {
    const { store, clock, control } = this.#options;
    const overdue = signalOverdue.of({
      signalId,
      subject,
      acceptedAt: new Date(acceptedAt).toISOString(),
      ageMs: clock.now().getTime() - acceptedAt,
    });
    const context = {
      correlationId: signalId,
      causationId: signalId,
      actor: 'service:ingest',
      epoch: control.epoch,
    } as const;
    try {
      await store.append({ aggregate: 'overdue', id: signalId }, NO_EVENTS, [overdue], context);
    } catch (error) {
      if (asAppError(error).kind !== 'conflict') throw error;
    }
  }
}
