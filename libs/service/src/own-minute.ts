import { COUNTED_MS } from '@signalbox/messaging';

/** What happens within this is remembered as one, so that a minute takes sixty places at most. */
const TOGETHER_MS = 1_000;

interface Together {
  readonly sinceMs: number;
  count: number;
}

/** What one process let through in the last minute. */
export class OwnMinute {
  /** The oldest first. */
  readonly #parts: Together[] = [];
  #sum = 0;

  sum(nowMs: number): number {
    let oldest = this.#parts[0];
    while (oldest && oldest.sinceMs <= nowMs - COUNTED_MS) {
      this.#sum -= oldest.count;
      this.#parts.shift();
      oldest = this.#parts[0];
    }
    return this.#sum;
  }

  /** Until the oldest part of it is a minute old. */
  shrinksInMs(nowMs: number): number {
    return (this.#parts[0]?.sinceMs ?? nowMs) + COUNTED_MS - nowMs;
  }

  add(nowMs: number): void {
    const newest = this.#parts.at(-1);
    if (newest && newest.sinceMs > nowMs - TOGETHER_MS) newest.count++;
    else this.#parts.push({ sinceMs: nowMs, count: 1 });
    this.#sum++;
  }

  /** Of those that were added. */
  takeBack(): void {
    const newest = this.#parts.at(-1);
    if (!newest) return;
    newest.count--;
    this.#sum--;
    if (newest.count === 0) this.#parts.pop();
  }
}
