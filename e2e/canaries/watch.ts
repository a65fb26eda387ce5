import { busyMs } from '@signalbox/testing';
import { CanaryFinder, canaryOf, type Canary } from './canary.ts';

/** Where something was said or kept, in words, and all of it. */
export type See = (place: string, text: string) => void;

/** The canaries of the platforms of one process, who got them, and where else they turned up. */
export class CanaryWatch {
  readonly #canaries: Canary[] = [];
  readonly #found = new Set<string>();
  readonly #used = new Set<string>();
  #finder = new CanaryFinder([]);
  #isTimed = false;
  #figures = { places: 0, characters: 0, cpuMs: 0 };

  /** What a slot holds from now on; it may have held others. @returns the value. */
  put(slot: string, value: string): string {
    if (!this.#canaries.some((known) => known.value === value)) {
      this.#canaries.push(canaryOf(slot, value));
      this.#finder = new CanaryFinder(this.#canaries);
    }
    return value;
  }

  /** Of the newest canary in a slot. */
  valueIn(slot: string): string {
    const canary = this.#canaries.findLast((known) => known.slot === slot);
    if (!canary) throw new Error(`there is no canary in ${slot}`);
    return canary.value;
  }

  get slots(): ReadonlySet<string> {
    return new Set(this.#canaries.map(({ slot }) => slot));
  }

  /** No canary may be in there. */
  readonly see: See = (place, text) => {
    const beganAt = busyMs();
    this.#figures.places += 1;
    this.#figures.characters += text.length;
    for (const { slot, form } of this.#finder.find(text)) {
      this.#found.add(`${slot} (${form}) in ${withoutIds(this.#finder.masked(place))}`);
    }
    if (!this.#isTimed) this.#figures.cpuMs += busyMs() - beganAt;
  };

  /** What a peer got: the canaries of its own slots, and no other. */
  received(slots: readonly string[], peer: string, text: string): void {
    this.#figures.places += 1;
    for (const { slot, form } of this.#finder.find(text)) {
      if (slots.includes(slot)) this.#used.add(slot);
      else this.#found.add(`${slot} (${form}) in what ${this.#finder.masked(peer)} received`);
    }
  }

  /** The right peer has taken the credential of that slot. */
  used(slot: string): void {
    if (!this.slots.has(slot)) throw new Error(`there is no canary in ${slot}`);
    this.#used.add(slot);
  }

  /** Slots whose canaries no peer has taken so far. */
  get unused(): readonly string[] {
    return [...this.slots].filter((slot) => !this.#used.has(slot)).toSorted();
  }

  /** Work that is done for the canaries alone. */
  async timed<T>(work: () => Promise<T>): Promise<T> {
    const beganAt = busyMs();
    this.#isTimed = true;
    try {
      return await work();
    } finally {
      this.#isTimed = false;
      this.#figures.cpuMs += busyMs() - beganAt;
    }
  }

  /** What became of them since it was asked last, which then counts as said. */
  takeReport(): CanaryReport {
    const report = {
      found: [...this.#found].toSorted(),
      used: [...this.#used],
      slots: [...this.slots],
      ...this.#figures,
    };
    this.#found.clear();
    this.#figures = { places: 0, characters: 0, cpuMs: 0 };
    return report;
  }
}

/** One line for one kind of place. */
const withoutIds = (place: string) => place.replace(/\b[0-9A-HJKMNP-TV-Z]{26}\b/g, '<id>');

export interface CanaryReport {
  /** `slot (form) in place`; never a value. */
  readonly found: readonly string[];
  readonly used: readonly string[];
  readonly slots: readonly string[];
  readonly places: number;
  readonly characters: number;
  /** Spent on looking by this process, whatever else it has to wait for. */
  readonly cpuMs: number;
}

/** Of this process: a file of scenarios. */
export const watch = new CanaryWatch();
