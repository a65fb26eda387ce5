/** How long something counts. */
export const COUNTED_MS = 60_000;

/** What is counted, and by whom it was done. */
export interface Counted {
  /** A token of a subject. */
  readonly what: string;
  /** Any text: only a digest of it leaves the process. */
  readonly whose: string;
}

/** What the replicas of a service count together, a minute long. */
export abstract class RecentCounts {
  /**
   * Adds to a count, takes back with an amount below 0, or asks with 0.
   * @returns what was added in the last minute, less what was taken back: with this amount, and all
   * that was acknowledged before. Of replicas that add at once each is told another sum.
   * @throws AppError `unavailable`: then it may count, or not.
   */
  abstract add(counted: Counted, amount: number): Promise<number>;

  /**
   * Milliseconds until the sum is below `most`, if nobody adds to it: 0 to a minute.
   * @throws AppError `unavailable`
   */
  abstract fallsBelow(counted: Counted, most: number): Promise<number>;
}
