type Waiter = () => void;

/**
 * A limited number of turns for those who wait. Who is in no lane comes first. Then each lane gets
 * one in its turn, and within a lane who came first: a lane with many waiting does not make the
 * others wait for all of them.
 */
export class FairTurns {
  #free: number;
  readonly #first: Waiter[] = [];
  readonly #lanes = new Map<string, Waiter[]>();

  constructor(turns: number) {
    this.#free = turns;
  }

  /** Resolves when it is the caller's turn, which lasts until `giveBack`. */
  take(lane?: string): Promise<void> {
    if (this.#free > 0) {
      this.#free--;
      return Promise.resolve();
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    if (lane === undefined) this.#first.push(resolve);
    else this.#lineOf(lane).push(resolve);
    return promise;
  }

  giveBack(): void {
    const next = this.#first.shift() ?? this.#nextInLanes();
    if (next) next();
    else this.#free++;
  }

  #lineOf(lane: string): Waiter[] {
    const line = this.#lanes.get(lane) ?? [];
    this.#lanes.set(lane, line);
    return line;
  }

  #nextInLanes(): Waiter | undefined {
    const [turn] = this.#lanes;
    if (!turn) return undefined;
    const [lane, line] = turn;
    const next = line.shift();
    // Behind all other lanes.
    this.#lanes.delete(lane);
    if (line.length > 0) this.#lanes.set(lane, line);
    return next;
  }
}
