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
import { BATCH_MESSAGES_MAX, type OutgoingMessage } from './batch-publisher.ts';
import { EventCodec, type StoredMessage } from './event-codec.ts';
import {
  EventStore,
  NO_EVENTS,
  type AggregateRef,
  type ContextOfEvents,
  type Head,
  type History,
  type ReadOptions,
} from './event-store.port.ts';
import { GroupCommit, type Append } from './group-commit.ts';
import { headerNames } from './headers.ts';
import { readFromLeader, readSubject } from './stream-reader.ts';
import { streams, subjectsOf } from './subjects.ts';
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
  readonly #connection: NatsConnection;
  readonly #codec: EventCodec;
  readonly #clock: Clock;
  readonly #commits: GroupCommit;
  readonly #subjectOf: (ref: AggregateRef) => string;

  constructor({ connection, env, definitions, clock, source }: JetStreamEventStoreOptions) {
    super();
    this.#connection = connection;
    this.#codec = new EventCodec(definitions, source);
    this.#clock = clock;
    this.#commits = new GroupCommit(connection);
    this.#subjectOf = subjectsOf(env).aggregate;
  }

  async read(ref: AggregateRef, options: ReadOptions = {}): Promise<History> {
    const { fresh = false, after = NO_EVENTS } = options;
    const subject = this.#literalSubject(ref);
    const messages = await (fresh
      ? this.#readFresh(subject, after)
      : this.#readAfter(subject, after.sequence));
    const events = messages.map((message) => this.#codec.decode(message));
    return { events, head: headOf(events, after) };
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
    const append = this.#appendOf(this.#literalSubject(ref), expected, pending);
    const last = await this.#store(append, expected, pending);
    const recorded = pending.map(({ event, record }, index): RecordedEvent => ({
      ...event,
      record: { ...record, sequence: last - events.length + index + 1 },
    }));
    return { events: recorded, head: headOf(recorded, expected) };
  }

  /**
   * The sequence of the last event, once they are stored. An append that is sent again keeps its
   * event ids and its guard, so however many of its copies arrive, one of them is stored.
   */
  async #store(append: Append, expected: Head, pending: readonly Pending[]): Promise<number> {
    let unsure: Parameters<typeof unsettled>[1] | undefined;
    for (let sends = 1; ; sends++) {
      const outcome = await this.#commits.commit(append);
      if (outcome.status === 'stored') return outcome.sequence;
      const isUnsure = outcome.status === 'unknown' || isBatchLost(outcome.errorCode);
      if (isUnsure) unsure = outcome;
      else if (!isConflict(outcome.errorCode)) throw refused(outcome);
      const next = await this.#nextAfter(append.subject, expected.sequence);
      const mine = next?.headers[headerNames.id] === pending[0]?.record.id;
      if (next && mine) return next.sequence + pending.length - 1;
      if (next || !unsure) throw conflict(append.subject, expected);
      if (sends >= SENDS_MAX) throw unsettled(append.subject, unsure);
      await delay(SEND_AGAIN_MS * sends);
    }
  }

  /** The leader's tail says how far the quick read has to reach; what it misses is asked again. */
  async #readFresh(subject: string, after: Head): Promise<StoredMessage[]> {
    const tail = await readFromLeader(this.#connection, streams.audit, { last_by_subj: subject });
    if (!tail || tail.sequence <= after.sequence) return [];
    if (tail.headers[headerNames.version] === `${after.version + 1}`) return [tail];
    const messages = await this.#readAfter(subject, after.sequence);
    for (;;) {
      const reached = messages.at(-1)?.sequence ?? after.sequence;
      if (reached >= tail.sequence) return messages;
      const next = await this.#nextAfter(subject, reached);
      if (!next) return messages;
      messages.push(next);
    }
  }

  #readAfter(subject: string, after: number): Promise<StoredMessage[]> {
    return readSubject(this.#connection, streams.audit, subject, after);
  }

  #nextAfter(subject: string, sequence: number): Promise<StoredMessage | undefined> {
    const query = { next_by_subj: subject, seq: sequence + 1 };
    return readFromLeader(this.#connection, streams.audit, query);
  }

  #appendOf(subject: string, expected: Head, pending: readonly Pending[]): Append {
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
      const guard = index === 0 ? { expectedLastSequence: expected.sequence } : {};
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
