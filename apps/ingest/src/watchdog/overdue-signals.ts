import { decisionMade, signalOverdue } from '@signalbox/contracts';
import { asAppError, ownStory, type Clock } from '@signalbox/kernel';
import { NO_EVENTS, type EventStore } from '@signalbox/messaging';
import type { ControlWatch } from '@signalbox/service';
import type { AcceptedSignal, UndecidedSignals } from './undecided-signals.ts';

/** Most signals looked up, and most reported, in one round. */
const ROUND_MAX = 500;
/** Of these at once: each may have a body of 4 MiB that is to be read. */
const AT_ONCE = 16;

export interface OverdueSignalsOptions {
  readonly undecided: UndecidedSignals;
  readonly store: EventStore;
  readonly clock: Clock;
  readonly control: Pick<ControlWatch, 'epoch'>;
  /** A signal without a decision is overdue after this. */
  readonly sloMs: number;
  /** The id of a signal as its body tells. */
  idByBody(signal: AcceptedSignal): Promise<string>;
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
   * @throws what the store or the server says of one of them; the others are looked up.
   */
  async lookUp(delivered: number): Promise<void> {
    const { undecided, clock } = this.#options;
    const doubtful = undecided.doubtful(clock.now().getTime(), delivered, ROUND_MAX);
    await forEach(doubtful, async (signal) => void (await this.#stillUndecided(signal, false)));
  }

  /**
   * Records `signal.overdue`, once for all processes and all time, for signals past their time.
   * @param tell is given those that are overdue since the last round, recorded by whomever.
   * @throws what the store or the server says of one of them; the others are reported.
   */
  async report(tell: (overdue: readonly AcceptedSignal[]) => void): Promise<void> {
    const { undecided, clock, sloMs } = this.#options;
    const late = undecided.unreported(clock.now().getTime() - sloMs, ROUND_MAX);
    const overdue: AcceptedSignal[] = [];
    try {
      await forEach(late, async (accepted) => {
        const signal = await this.#stillUndecided(accepted, true);
        if (!signal) return;
        await this.#record(signal);
        undecided.reported(signal);
        overdue.push(signal);
      });
    } finally {
      tell(overdue);
    }
  }

  /** The signal under the id that it really has; undefined when it is decided, and so forgotten. */
  async #stillUndecided(
    accepted: AcceptedSignal,
    fresh: boolean,
  ): Promise<AcceptedSignal | undefined> {
    const { undecided, store, idByBody } = this.#options;
    const signal = accepted.isIdAssumed
      ? undecided.identified(accepted, await idByBody(accepted))
      : accepted;
    if (!signal) return undefined;
    const { signalId } = signal;
    const { events } = await store.read({ aggregate: 'signal', id: signalId }, { fresh });
    if (!events.some(({ type }) => type === decisionMade.type)) return signal;
    undecided.decided(signalId);
    return undefined;
  }

  async #record({ signalId, subject, acceptedAt }: AcceptedSignal): Promise<void> {
    const { store, clock, control } = this.#options;
    const overdue = signalOverdue.of({
      signalId,
      subject,
      acceptedAt: new Date(acceptedAt).toISOString(),
      ageMs: clock.now().getTime() - acceptedAt,
    });
    const context = ownStory(signalId, 'service:ingest', control.epoch);
    try {
      await store.append({ aggregate: 'overdue', id: signalId }, NO_EVENTS, [overdue], context);
    } catch (error) {
      if (asAppError(error).kind !== 'conflict') throw error;
    }
  }
}

/**
 * Some at a time, and all of them although one fails; but when all of some fail, nobody answers,
 * and the rest would only wait for that.
 * @throws what the first that failed did.
 */
async function forEach(
  signals: readonly AcceptedSignal[],
  work: (signal: AcceptedSignal) => Promise<void>,
): Promise<void> {
  const failures: unknown[] = [];
  for (let at = 0; at < signals.length; at += AT_ONCE) {
    const some = signals.slice(at, at + AT_ONCE);
    const outcomes = await Promise.allSettled(some.map(work));
    const failed = outcomes.filter((outcome) => outcome.status === 'rejected');
    failures.push(...failed.map(({ reason }) => reason as unknown));
    if (failed.length === some.length) break;
  }
  if (failures.length > 0) throw failures[0];
}
