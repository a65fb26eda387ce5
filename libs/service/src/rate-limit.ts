import { asAppError } from '@signalbox/kernel';
import type { RecentCounts } from '@signalbox/messaging';
import { OwnMinute } from './own-minute.ts';

/** Of each limit; whoever was not heard of for the longest is forgotten first. */
const KNOWN_MAX = 20_000;
/** Who has had all of it is not asked about again for so long. */
const SPENT_MS = 1_000;
/** A limit that may lag lets through without asking for so long after it has asked. */
const LAG_MS = 250;
/** So long before that it tells what it let through: the answer lets it go on without asking. */
const TOLD_BEFORE_MS = 50;
/** Meanwhile at most this part of what was left then. */
const LAG_SHARE = 1 / 8;

export interface RateLimitOptions {
  readonly counts: RecentCounts;
  /** The limit's name, a token of a subject; replicas share it. */
  readonly what: string;
  readonly perMinute: number;
  /**
   * Asks four times a second instead of each time. Every replica but one may then let through an
   * eighth of the limit beyond it.
   */
  readonly mayLag?: boolean;
  /** Throws `unavailable` when the others' counts cannot be reached, instead of counting alone. */
  readonly neverAlone?: boolean;
}

export type Taken =
  { readonly allowed: true } | { readonly allowed: false; readonly retryAfterMs: number };

const ALLOWED: Taken = { allowed: true };

/** What this process knows of somebody; times are of `performance.now()`. */
class Known {
  /** What this process let through, whatever becomes of the counts. */
  readonly own = new OwnMinute();
  spentUntilMs = 0;
  retryAtMs = 0;
  /** How many may pass without asking, and until when. */
  ahead = 0;
  aheadUntilMs = 0;
  /** Let through, and not added to the counts yet. */
  untold = 0;
}

/**
 * So many a minute for each, over all replicas, in any minute. What is refused does not count.
 * Each process also counts for itself, and holds the limit alone while it cannot reach the others.
 */
export class RateLimit {
  readonly #options: RateLimitOptions;
  readonly #known = new Map<string, Known>();

  constructor(options: RateLimitOptions) {
    this.#options = options;
  }

  /** Of how many it knows something, those that are long done included. */
  get knownOf(): number {
    return this.#known.size;
  }

  /**
   * Counts one more of `whose`, unless there were as many as may be.
   * @throws AppError `unavailable` with `neverAlone` only.
   */
  async take(whose: string): Promise<Taken> {
    const nowMs = performance.now();
    const known = this.#knownOf(whose);
    const spent = this.#spent(known, nowMs);
    if (spent) return spent;
    // Before it is known whether it may: what comes meanwhile has to see it.
    known.own.add(nowMs);
    if (known.ahead > 0 && nowMs < known.aheadUntilMs) {
      known.ahead--;
      this.#tellSoon(whose, known, known.aheadUntilMs - nowMs - TOLD_BEFORE_MS);
      return ALLOWED;
    }
    try {
      return await this.#ask(whose, known);
    } catch (error) {
      if (!this.#mayGoOnAlone(error)) {
        known.own.takeBack();
        throw error;
      }
      return ALLOWED;
    }
  }

  /** Whether one more would be let through; it is not counted. */
  async look(whose: string): Promise<Taken> {
    const known = this.#knownOf(whose);
    const spent = this.#spent(known, performance.now());
    if (spent) return spent;
    const { counts, what, perMinute } = this.#options;
    try {
      const sum = await counts.add({ what, whose }, 0);
      return sum < perMinute ? ALLOWED : await this.#refuse(whose, known);
    } catch (error) {
      if (!this.#mayGoOnAlone(error)) throw error;
      return ALLOWED;
    }
  }

  #spent(known: Known, nowMs: number): Taken | undefined {
    if (nowMs < known.spentUntilMs)
      return { allowed: false, retryAfterMs: known.retryAtMs - nowMs };
    if (known.own.sum(nowMs) < this.#options.perMinute) return undefined;
    return { allowed: false, retryAfterMs: known.own.shrinksInMs(nowMs) };
  }

  async #ask(whose: string, known: Known): Promise<Taken> {
    const { counts, what, perMinute } = this.#options;
    const amount = 1 + known.untold;
    known.untold = 0;
    const sum = await counts.add({ what, whose }, amount);
    if (sum <= perMinute) {
      this.#learn(known, sum);
      return ALLOWED;
    }
    known.own.takeBack();
    // Lost, it counts for a minute, which lets through too few and never too many.
    await counts.add({ what, whose }, -1).catch(() => undefined);
    return this.#refuse(whose, known);
  }

  async #refuse(whose: string, known: Known): Promise<Taken> {
    const { counts, what, perMinute } = this.#options;
    const retryAfterMs = await counts.fallsBelow({ what, whose }, perMinute).catch(() => SPENT_MS);
    const nowMs = performance.now();
    known.spentUntilMs = nowMs + Math.min(SPENT_MS, retryAfterMs);
    known.retryAtMs = nowMs + retryAfterMs;
    return { allowed: false, retryAfterMs };
  }

  #learn(known: Known, sum: number): void {
    const { mayLag, perMinute } = this.#options;
    if (!mayLag) return;
    known.ahead = Math.max(0, Math.floor((perMinute - sum) * LAG_SHARE) - known.untold);
    known.aheadUntilMs = performance.now() + LAG_MS;
  }

  #tellSoon(whose: string, known: Known, inMs: number): void {
    known.untold++;
    if (known.untold > 1) return;
    const { counts, what } = this.#options;
    setTimeout(() => {
      const amount = known.untold;
      known.untold = 0;
      if (amount === 0) return;
      counts.add({ what, whose }, amount).then(
        (sum) => this.#learn(known, sum),
        // This process counts them all the same.
        () => undefined,
      );
    }, inMs).unref();
  }

  #mayGoOnAlone(error: unknown): boolean {
    return !this.#options.neverAlone && asAppError(error).kind === 'unavailable';
  }

  #knownOf(whose: string): Known {
    const known = this.#known.get(whose) ?? new Known();
    // The order of a map is that of insertion.
    this.#known.delete(whose);
    this.#known.set(whose, known);
    if (this.#known.size > KNOWN_MAX) {
      const [longestAgo = ''] = this.#known.keys();
      this.#known.delete(longestAgo);
    }
    return known;
  }
}
