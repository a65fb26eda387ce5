import type { EventRecord } from '@signalbox/kernel';
import type { AggregateRef } from '@signalbox/messaging';

export interface StoredEvent {
  readonly type: string;
  readonly schemaVersion: number;
  readonly json: string;
  readonly record: EventRecord;
}

/** A log in memory. Stores and feeds of one log stand for processes of one platform. */
export class InMemoryLog {
  readonly stored: StoredEvent[] = [];
  readonly #foreign: (AggregateRef & { readonly sequence: number })[] = [];
  readonly #byAggregate = new Map<string, StoredEvent[]>();
  readonly #listeners = new Set<() => void>();
  #lastSequence = 0;

  append(events: readonly StoredEvent[]): void {
    this.#lastSequence += events.length;
    for (const event of events) {
      const key = keyOf({ aggregate: event.record.aggregate, id: event.record.aggregateId });
      const before = this.#byAggregate.get(key);
      if (before) before.push(event);
      else this.#byAggregate.set(key, [event]);
      this.stored.push(event);
    }
    for (const listener of this.#listeners) listener();
  }

  /** Takes a place in the log with what is no event, as anybody's message on the subject does. */
  appendForeign(ref: AggregateRef): void {
    this.#foreign.push({ ...ref, sequence: ++this.#lastSequence });
    for (const listener of this.#listeners) listener();
  }

  /** The place of the last event or other message; 0 for none. */
  get lastSequence(): number {
    return this.#lastSequence;
  }

  /** As `lastSequence`, of one aggregate. */
  lastSequenceOf(ref: AggregateRef): number {
    const foreign = this.#foreign.findLast((f) => keyOf(f) === keyOf(ref))?.sequence ?? 0;
    return Math.max(foreign, this.storedOf(ref).at(-1)?.record.sequence ?? 0);
  }

  /** As `lastSequence`, of some aggregates. */
  lastSequenceOfAll(aggregates: readonly string[]): number {
    const foreign = this.#foreign.findLast((f) => aggregates.includes(f.aggregate));
    const event = this.stored.findLast(({ record }) => aggregates.includes(record.aggregate));
    return Math.max(foreign?.sequence ?? 0, event?.record.sequence ?? 0);
  }

  storedOf(ref: AggregateRef): readonly StoredEvent[] {
    return this.#byAggregate.get(keyOf(ref)) ?? [];
  }

  /** Calls `listener` after every append. Returns the function that ends this. */
  onAppend(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

function keyOf({ aggregate, id }: AggregateRef): string {
  return `${aggregate}/${id}`;
}
