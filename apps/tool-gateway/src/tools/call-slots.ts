/** Room for so many calls at once, and a line for those that wait. */
export class CallSlots {
  private readonly waiting: (() => void)[] = [];
  private taken = 0;
  private freeSince = performance.now();

  constructor(
    private readonly limits: { readonly concurrency: number; readonly queueMax: number },
  ) {}

  get busy(): boolean {
    return this.taken > 0;
  }

  /** How long nobody has had a place. */
  idleMs(nowMs: number): number {
    return this.busy ? 0 : nowMs - this.freeSince;
  }

  /** `full` when the line is, `stopped` when `signal` ended the wait; else a place to be released. */
  async take(signal: AbortSignal): Promise<'taken' | 'full' | 'stopped'> {
    const { concurrency, queueMax } = this.limits;
    if (this.taken < concurrency) {
      this.taken++;
      return 'taken';
    }
    if (this.waiting.length >= queueMax) return 'full';
    if (signal.aborted) return 'stopped';
    return new Promise((resolve) => {
      const enter = () => {
        signal.removeEventListener('abort', leave);
        resolve('taken');
      };
      const leave = () => {
        this.waiting.splice(this.waiting.indexOf(enter), 1);
        resolve('stopped');
      };
      signal.addEventListener('abort', leave, { once: true });
      this.waiting.push(enter);
    });
  }

  release(): void {
    const next = this.waiting.shift();
    // Its place goes to whoever waits longest.
    if (next) return next();
    this.taken--;
    this.freeSince = performance.now();
  }
}
