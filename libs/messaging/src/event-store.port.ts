import type { DomainEvent, MessageContext, RecordedEvent } from '@signalbox/kernel';

/** One aggregate: the unit that is guarded, `audit.<env>.<aggregate>.<id>`. */
export interface AggregateRef {
  readonly aggregate: string;
  readonly id: string;
}

/** The last event of an aggregate: where it stands in the stream, and how many came before it. */
export interface Head {
  /** Sequence in the audit stream, 0 when there is no event. */
  readonly sequence: number;
  /** Number of events of the aggregate. */
  readonly version: number;
}

export const NO_EVENTS: Head = { sequence: 0, version: 0 };

export interface History {
  readonly events: readonly RecordedEvent[];
  readonly head: Head;
}

export interface ReadOptions {
  /** Ask the stream's leader, so that every acknowledged event is seen. Slower than the default. */
  readonly fresh?: boolean;
  /** Only what stands behind this head, which the reader has seen. */
  readonly after?: Head;
}

/** The context of all events of an append, or how each has its own. */
export type ContextOfEvents = MessageContext | ((event: DomainEvent) => MessageContext);

/** Append-only, guarded by the head that the writer saw. */
export abstract class EventStore {
  abstract read(ref: AggregateRef, options?: ReadOptions): Promise<History>;

  /**
   * The last event, by the word of the stream's leader, so that every acknowledged one is seen.
   * @returns undefined when there is none.
   */
  abstract last(ref: AggregateRef): Promise<RecordedEvent | undefined>;

  /**
   * All of `events` or none, right behind `expected`. Resolves once they are on disk.
   * @throws AppError `conflict` when somebody else appended first, `unavailable` when that
   * cannot be known, `too_large` when an event does not fit into a message.
   */
  abstract append(
    ref: AggregateRef,
    expected: Head,
    events: readonly DomainEvent[],
    context: ContextOfEvents,
  ): Promise<History>;
}
