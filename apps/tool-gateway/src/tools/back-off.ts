/** After a server that lived long the next start is at once; otherwise it waits, doubling. */
const BACK_OFF_FIRST_MS = 250;
const BACK_OFF_MAX_MS = 30_000;
/** A server that served this long may be started again at once. */
const STABLE_AFTER_MS = 10_000;

/** When a server that has ended, or has not come up, may be started again. */
export class BackOff {
  private failed = 0;
  private startAgainAt = 0;

  /** Starts in a row after which it did not serve for long. */
  get failures(): number {
    return this.failed;
  }

  /** How long the next start has to wait. */
  waitMs(nowMs: number): number {
    return Math.max(0, this.startAgainAt - nowMs);
  }

  /**
   * @param servedMs how long it served; 0 if it did not come up, however long that took.
   * @param atLeastMs how long it wants not to be asked.
   */
  ended(servedMs: number, nowMs: number, atLeastMs = 0): void {
    this.failed = servedMs > STABLE_AFTER_MS ? 0 : this.failed + 1;
    const waitMs = this.failed === 0 ? 0 : BACK_OFF_FIRST_MS * 2 ** (this.failed - 1);
    this.startAgainAt = nowMs + Math.max(Math.min(waitMs, BACK_OFF_MAX_MS), atLeastMs);
  }
}
