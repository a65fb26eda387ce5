/**
 * A limited number of turns for those who wait. Each lane gets one in its turn, and within a lane
 * who came first: a lane with many waiting does not make the others wait for all of them.
 */
export class FairTurns {
  #free: number;
  readonly #waiting = new Map<string, (() => void)[]>();

  constructor(turns: number) {
    this.#free = turns;
  }

  /** Resolves when it is the caller's turn, which lasts until `giveBack`. */
  take(lane: string): Promise<void> {
    if (this.#free > 0) {
      this.#free--;
      return Promise.resolve();
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    const others = this.#waiting.get(lane);
    if (others) others.push(resolve);
    else this.#waiting.set(lane, [resolve]);
    return promise;
  }

  giveBack(): void {
    const [next] = this.#waiting;
    if (!next) {
      this.#free++;
      return;
    }
    const [lane, line] = next;
    const first = line.shift();
    // Behind all other lanes.
    this.#waiting.delete(lane);
    if (line.length > 0) this.#waiting.set(lane, line);
    first?.();
  }
}
