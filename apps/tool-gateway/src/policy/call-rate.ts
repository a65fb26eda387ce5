const MINUTE_MS = 60_000;
/** Above this those that have not called for a minute are forgotten. */
const CALLERS_MAX = 10_000;

/** Counts the calls of the last minute, by whose they are. */
export class CallRate {
  /** When each call was, the oldest first. */
  private readonly calls = new Map<string, number[]>();

  constructor(private readonly callsPerMinute: number) {}

  /** Whether there may be another call at `nowMs`; if so it is counted. */
  take(whose: string, nowMs: number): boolean {
    const recent = (this.calls.get(whose) ?? []).filter((at) => at > nowMs - MINUTE_MS);
    const allowed = recent.length < this.callsPerMinute;
    if (allowed) recent.push(nowMs);
    this.calls.set(whose, recent);
    if (this.calls.size > CALLERS_MAX) this.forget(nowMs);
    return allowed;
  }

  private forget(nowMs: number): void {
    for (const [whose, times] of this.calls) {
      if ((times.at(-1) ?? 0) <= nowMs - MINUTE_MS) this.calls.delete(whose);
    }
  }
}
