/** After a server that lived long the next start is at once; otherwise it waits, doubling. */
const BACK_OFF_FIRST_MS = 250;
const BACK_OFF_MAX_MS = 30_000;
/** A server that lived this long has not failed to start. */
const STABLE_AFTER_MS = 10_000;

/** When a server that has ended may be started again. */
export class BackOff {
  private failures = 0;
  private startAgainAt = 0;

  /** How long the next start has to wait. */
  waitMs(nowMs: number): number {
    return Math.max(0, this.startAgainAt - nowMs);
  }

  ended(startedAt: number, nowMs: number): void {
    this.failures = nowMs - startedAt > STABLE_AFTER_MS ? 0 : this.failures + 1;
    const waitMs = this.failures === 0 ? 0 : BACK_OFF_FIRST_MS * 2 ** (this.failures - 1);
    this.startAgainAt = nowMs + Math.min(waitMs, BACK_OFF_MAX_MS);
  }
}
