import type { NatsConnection } from '@nats-io/nats-core';
import {
  AppError,
  newId,
  type Clock,
  type DomainEvent,
  type EventDefinition,
  type EventRecord,
  type RecordedEvent,
} from '@signalbox/kernel';
import { setTimeout as delay } from 'node:timers/promises';
import {
  conflict,
  isBatchLost,
  isConflict,
  refused,
  tooLarge,
  unsettled,
} from './append-errors.ts';
import { AggregateReader } from './aggregate-reader.ts';
import { BATCH_MESSAGES_MAX, type OutgoingMessage } from './batch-publisher.ts';
import { EventCodec } from './event-codec.ts';
import {
  EventStore,
  NO_EVENTS,
  type AggregateRef,
  type ContextOfEvents,
  type Head,
  type History,
  type ReadOptions,
} from './event-store.port.ts';
import { ForeignMessages } from './foreign-messages.ts';
import { GroupCommit, type Append } from './group-commit.ts';
import { headerNames } from './headers.ts';
import { subjectsOf } from './subjects.ts';
import { EVENT_BYTES_MAX } from './topology.ts';

/** How often an append is sent whose outcome stays unknown. */
const SENDS_MAX = 3;
const SEND_AGAIN_MS = 100;
/** Headers that the publisher adds: the guard and the batch. */
const ADDED_HEADERS_BYTES = 256;

export interface JetStreamEventStoreOptions {
  readonly connection: NatsConnection;
  readonly env: string;
  /** Every event that is read or written through this store. */
  readonly definitions: readonly EventDefinition[];
  readonly clock: Clock;
  /** The writer, as `ce-source`: `signalbox/router`. */
  readonly source: string;
}

type Pending = { readonly event: DomainEvent; readonly record: Omit<EventRecord, 'sequence'> };

/** The event store on the audit stream. Its rules are in ARCHITECTURE.md. */
export class JetStreamEventStore extends EventStore {
  readonly #codec: EventCodec;
  readonly #clock: Clock;
  readonly #commits: GroupCommit;
  readonly #reader: AggregateReader;
  readonly #foreign = new ForeignMessages();
  readonly #subjectOf: (ref: AggregateRef) => string;

  constructor({ connection, env, definitions, clock, source }: JetStreamEventStoreOptions) {
    super();
    this.#codec = new EventCodec(definitions, source);
    this.#clock = clock;
    this.#commits = new GroupCommit(connection);
    this.#reader = new AggregateReader(connection, this.#codec);
    this.#subjectOf = subjectsOf(env).aggregate;
  }

  async read(ref: AggregateRef, options: ReadOptions = {}): Promise<History> {
    const { fresh = false, after = NO_EVENTS } = options;
    const subject = this.#literalSubject(ref);
    const messages = await (fresh
      ? this.#reader.readFresh(subject, after)
      : this.#reader.readAfter(subject, after.sequence));
    const events = this.#foreign.eventsAmong(messages, this.#codec);
    const sequence = messages.at(-1)?.sequence ?? after.sequence;
    return { events, head: { sequence, version: headOf(events, after).version } };
  }

  async last(ref: AggregateRef): Promise<RecordedEvent | undefined> {
    const tail = await this.#reader.tail(this.#literalSubject(ref));
    if (!tail) return undefined;
    const [event] = this.#foreign.eventsAmong([tail], this.#codec);
    return event ?? (await this.read(ref, { fresh: true })).events.at(-1);
  }

  async append(
    ref: AggregateRef,
    expected: Head,
    events: readonly DomainEvent[],
    context: ContextOfEvents,
  ): Promise<History> {
    if (events.length === 0) return { events: [], head: expected };
    const time = this.#clock.now();
    const pending = events.map((event, index) => ({
      event,
      record: {
        ...(typeof context === 'function' ? context(event) : context),
        id: newId(time),
        aggregate: ref.aggregate,
        aggregateId: ref.id,
        version: expected.version + index + 1,
        time,
      },
    }));
    const last = await this.#store(this.#literalSubject(ref), expected, pending);
    const recorded = pending.map(({ event, record }, index): RecordedEvent => ({
      ...event,
      record: { ...record, sequence: last - events.length + index + 1 },
    }));
    return { events: recorded, head: headOf(recorded, expected) };
  }

  /**
   * The sequence of the last event, once they are stored. An append that is sent again keeps its
   * event ids, and its guard unless only foreign messages stand behind that: then no earlier copy
   * can be stored any more. So however many of its copies arrive, one of them is stored.
   */
  async #store(subject: string, expected: Head, pending: readonly Pending[]): Promise<number> {
    let unsure: Parameters<typeof unsettled>[1] | undefined;
    let guard = expected.sequence;
    for (let sends = 1; ; sends++) {
      const outcome = await this.#commits.commit(this.#appendOf(subject, guard, pending));
      if (outcome.status === 'stored') return outcome.sequence;
      const isUnsure = outcome.status === 'unknown' || isBatchLost(outcome.errorCode);
      if (isUnsure) unsure = outcome;
      else if (!isConflict(outcome.errorCode)) throw refused(outcome);
      const { event, behind } = await this.#reader.nextEvent(subject, guard);
      const mine = event?.headers[headerNames.id] === pending[0]?.record.id;
      if (event && mine) return event.sequence + pending.length - 1;
      const isMoved = behind > guard;
      if (event || !(unsure || isMoved)) throw conflict(subject, expected);
      if (sends >= SENDS_MAX)
        throw unsure ? unsettled(subject, unsure) : conflict(subject, expected);
      if (isMoved) [guard, unsure] = [behind, undefined];
      else await delay(SEND_AGAIN_MS * sends);
    }
  }

  #appendOf(subject: string, guarded: number, pending: readonly Pending[]): Append {
    if (pending.length > BATCH_MESSAGES_MAX) {
      throw tooLarge(`${pending.length} events at once, ${BATCH_MESSAGES_MAX} at most`);
    }
    let bytes = 0;
    const messages = pending.map(({ event, record }, index): OutgoingMessage => {
      const encoded = this.#codec.encode(event, record);
      const size = encoded.headers.length + encoded.payload.length + ADDED_HEADERS_BYTES;
      if (size > EVENT_BYTES_MAX) {
        throw tooLarge(`event ${event.type} of ${size} bytes, ${EVENT_BYTES_MAX} at most`);
      }
      bytes += size;
      // The server takes a guard on the first message of a subject only.
      const guard = index === 0 ? { expectedLastSequence: guarded } : {};
      return { subject, ...encoded, ...guard };
    });
    return { subject, messages, bytes };
  }

  /** A wildcard would read other aggregates, and its guard would be unsafe. */
  #literalSubject(ref: AggregateRef): string {
    if (/^[^\s.*>]+$/.test(ref.aggregate) && /^[^\s.*>]+$/.test(ref.id)) {
      return this.#subjectOf(ref);
    }
    throw new AppError({
      code: 'aggregate_id_invalid',
      kind: 'bug',
      message: `${ref.aggregate}/${ref.id} does not fit into a subject`,
    });
  }
}

function headOf(events: readonly RecordedEvent[], before: Head): Head {
  const last = events.at(-1)?.record;
  return last ? { sequence: last.sequence, version: last.version } : before;
}
