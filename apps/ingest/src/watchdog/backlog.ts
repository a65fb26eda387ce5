import type { Signal } from '@signalbox/contracts';
import type { Clock } from '@signalbox/kernel';
import { asToken } from '@signalbox/messaging';
import { TooManyRequests } from '../http/too-many-requests.ts';
import type { SignalStreams } from './signal-streams.ts';
import type { UndecidedSignals } from './undecided-signals.ts';

const RETRY_AFTER_MAX_SECONDS = 60;

export interface BacklogOptions {
  readonly undecided: Pick<UndecidedSignals, 'ofSource'>;
  readonly streams: Pick<SignalStreams, 'caughtUp'>;
  readonly clock: Clock;
  /** Undecided signals of one source from which on it is refused more. */
  readonly max: number;
}

/**
 * Keeps a source that floods from holding up the others: signals are decided in the order in
 * which they come, so nobody may have many waiting.
 */
export class Backlog {
  readonly #options: BacklogOptions;
  /** Signals that are being published, by source: nobody else sees them yet. */
  readonly #underWay = new Map<string, number>();

  constructor(options: BacklogOptions) {
    this.#options = options;
  }

  /**
   * Lets a delivery in, as a whole, so a source may go over the limit by one. Its signals count
   * from now on; call the answer when they are published, or will not be.
   * @throws TooManyRequests when one of their sources has too many that are not decided yet.
   */
  admit(signals: readonly Signal[]): () => void {
    const sources = signals.map(({ source }) => asToken(source));
    for (const source of new Set(sources)) this.#assertRoom(source);
    for (const source of sources) this.#count(source, 1);
    return () => {
      for (const source of sources) this.#count(source, -1);
    };
  }

  #assertRoom(source: string): void {
    const { undecided, streams, clock, max } = this.#options;
    // Before that it may hold for undecided what was decided while nobody watched.
    if (!streams.caughtUp) return;
    const { count, oldestAt } = undecided.ofSource(source);
    if (count + (this.#underWay.get(source) ?? 0) < max) return;
    const now = clock.now().getTime();
    // What waits has waited for this long, so what comes would, too.
    const waitSeconds = Math.ceil((now - (oldestAt ?? now)) / 1000);
    throw new TooManyRequests({
      code: 'source_backlog',
      message: `Source ${source} has ${max} signals or more that are not decided yet. Nothing was taken of this request: send it again later.`,
      retryAfterSeconds: Math.min(Math.max(1, waitSeconds), RETRY_AFTER_MAX_SECONDS),
    });
  }

  #count(source: string, change: number): void {
    const count = (this.#underWay.get(source) ?? 0) + change;
    if (count === 0) this.#underWay.delete(source);
    else this.#underWay.set(source, count);
  }
}
