import { AppError, SystemClock, type Clock } from '@signalbox/kernel';
import { COUNTED_MS, RecentCounts, type Counted } from '@signalbox/messaging';

interface Added {
  readonly atMs: number;
  readonly amount: number;
}

/** Counts without a server, held to the same contract as those that are used. */
export class InMemoryRecentCounts extends RecentCounts {
  /** Whether they cannot be reached. */
  isAway = false;
  /** How often they were asked. */
  asked = 0;
  readonly #clock: Clock;
  readonly #added = new Map<string, readonly Added[]>();

  constructor(clock: Clock = new SystemClock()) {
    super();
    this.#clock = clock;
  }

  async add(counted: Counted, amount: number): Promise<number> {
    const atMs = this.#clock.now().getTime();
    const counting = [...this.#countingOf(counted), { atMs, amount }];
    this.#added.set(keyOf(counted), counting);
    return sumOf(counting);
  }

  async fallsBelow(counted: Counted, most: number): Promise<number> {
    const counting = this.#countingOf(counted);
    const leaving = counting.findLast((_, index) => sumOf(counting.slice(index)) >= most);
    return leaving ? leaving.atMs + COUNTED_MS - this.#clock.now().getTime() : 0;
  }

  #countingOf(counted: Counted): readonly Added[] {
    this.asked++;
    if (this.isAway) {
      const message = 'The counts are away.';
      throw new AppError({ code: 'counts_unavailable', kind: 'unavailable', message });
    }
    const sinceMs = this.#clock.now().getTime() - COUNTED_MS;
    return (this.#added.get(keyOf(counted)) ?? []).filter(({ atMs }) => atMs > sinceMs);
  }
}

const keyOf = ({ what, whose }: Counted): string => `${what} ${whose}`;

const sumOf = (added: readonly Added[]): number =>
  added.reduce((sum, { amount }) => sum + amount, 0);
