import {
  AppError,
  newId,
  SystemClock,
  upcast,
  type Clock,
  type DomainEvent,
  type EventDefinition,
  type RecordedEvent,
} from '@signalbox/kernel';
import {
  EVENT_BYTES_MAX,
  EventStore,
  NO_EVENTS,
  type AggregateRef,
  type ContextOfEvents,
  type Head,
  type History,
  type ReadOptions,
} from '@signalbox/messaging';
import { InMemoryLog, type StoredEvent } from './in-memory-log.ts';

export interface InMemoryOptions {
  readonly definitions: readonly EventDefinition[];
  /** A log of its own when absent. */
  readonly log?: InMemoryLog;
  readonly clock?: Clock;
}

/** An event store without a server, held to the same contract as the one that is used. */
export class InMemoryEventStore extends EventStore {
  readonly log: InMemoryLog;
  readonly #definitions: readonly EventDefinition[];
  readonly #clock: Clock;

  constructor({
    definitions,
    log = new InMemoryLog(),
    clock = new SystemClock(),
  }: InMemoryOptions) {
    super();
    this.log = log;
    this.#definitions = definitions;
    this.#clock = clock;
  }

  async read(ref: AggregateRef, { after = NO_EVENTS }: ReadOptions = {}): Promise<History> {
    const stored = this.log.storedOf(ref);
    return {
      events: stored
        .filter(({ record }) => record.sequence > after.sequence)
        .map((event) => recorded(event, this.#definitions)),
      head: { ...headOf(stored), sequence: this.log.lastSequenceOf(ref) },
    };
  }

  async last(ref: AggregateRef): Promise<RecordedEvent | undefined> {
    const stored = this.log.storedOf(ref).at(-1);
    return stored && recorded(stored, this.#definitions);
  }

  async append(
    ref: AggregateRef,
    expected: Head,
    events: readonly DomainEvent[],
    context: ContextOfEvents,
  ): Promise<History> {
    if (events.length === 0) return { events: [], head: expected };
    const encoded = events.map((event) => ({
      stored: this.#encode(event, ref),
      itsContext: typeof context === 'function' ? context(event) : context,
    }));
    // What is no event stands in nobody's way.
    const isBehind = expected.sequence < headOf(this.log.storedOf(ref)).sequence;
    if (isBehind || expected.sequence > this.log.lastSequenceOf(ref)) {
      throw new AppError({
        code: 'append_conflict',
        kind: 'conflict',
        message: `${ref.aggregate}/${ref.id} has gone on since ${expected.sequence}`,
      });
    }
    const time = this.#clock.now();
    const added = encoded.map(({ stored, itsContext }, index): StoredEvent => ({
      ...stored,
      record: {
        ...itsContext,
        id: newId(time),
        aggregate: ref.aggregate,
        aggregateId: ref.id,
        version: expected.version + index + 1,
        sequence: this.log.lastSequence + index + 1,
        time,
      },
    }));
    this.log.append(added);
    return {
      events: added.map((event) => recorded(event, this.#definitions)),
      head: headOf(added),
    };
  }

  #encode(event: DomainEvent, { aggregate }: AggregateRef): Omit<StoredEvent, 'record'> {
    const definition = this.#definitions.find((d) => d.type === event.type);
    if (definition?.aggregate !== aggregate || definition.schemaVersion !== event.schemaVersion) {
      throw new AppError({
        code: 'unregistered_event',
        kind: 'bug',
        message: `${event.type} version ${event.schemaVersion} is not an event of ${aggregate} here`,
      });
    }
    const json = JSON.stringify(event.data);
    if (Buffer.byteLength(json) > EVENT_BYTES_MAX) {
      throw new AppError({
        code: 'event_too_large',
        kind: 'too_large',
        message: `event ${event.type} is over ${EVENT_BYTES_MAX} bytes`,
      });
    }
    return { type: event.type, schemaVersion: event.schemaVersion, json };
  }
}

function headOf(stored: readonly StoredEvent[]): Head {
  const last = stored.at(-1)?.record;
  return last ? { sequence: last.sequence, version: last.version } : NO_EVENTS;
}

/** A stored event as one who knows `definitions` reads it. */
export function recorded(
  { type, schemaVersion, json, record }: StoredEvent,
  definitions: readonly EventDefinition[],
): RecordedEvent {
  const definition = definitions.find((d) => d.type === type);
  if (!definition || schemaVersion > definition.schemaVersion) {
    throw new AppError({
      code: 'unknown_event_type',
      kind: 'unavailable',
      message: `event ${type} version ${schemaVersion} is not known here`,
    });
  }
  return { ...upcast(definition, schemaVersion, JSON.parse(json)), record };
}
