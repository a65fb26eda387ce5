interface Member<Item, Result> {
  readonly item: Item;
  resolve(result: Result): void;
  reject(reason: unknown): void;
}

/**
 * Work of one key one after the other, in the order of asking; what comes in meanwhile is done
 * together. Other keys are not waited for. Whoever asks limits how much is under way at once.
 */
export class KeyedBatches<Item, Result> {
  readonly #work: (key: string, items: readonly Item[]) => Promise<(item: Item) => Result>;
  /** What waits behind the work under way. */
  readonly #waiting = new Map<string, Member<Item, Result>[]>();

  /** @param work gives the results of all of its items, or fails for all. */
  constructor(work: (key: string, items: readonly Item[]) => Promise<(item: Item) => Result>) {
    this.#work = work;
  }

  do(key: string, item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      const member = { item, resolve, reject };
      const waiting = this.#waiting.get(key);
      if (waiting !== undefined) {
        waiting.push(member);
        return;
      }
      this.#waiting.set(key, []);
      void this.#drain(key, [member]);
    });
  }

  /** Keys with work under way. */
  get size(): number {
    return this.#waiting.size;
  }

  async #drain(key: string, first: readonly Member<Item, Result>[]): Promise<void> {
    for (let members = first; members.length > 0;) {
      try {
        const resultOf = await this.#work(
          key,
          members.map(({ item }) => item),
        );
        for (const { item, resolve } of members) resolve(resultOf(item));
      } catch (reason) {
        for (const { reject } of members) reject(reason);
      }
      members = this.#waiting.get(key)?.splice(0) ?? [];
    }
    this.#waiting.delete(key);
  }
}
