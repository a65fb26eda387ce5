import { DeliverPolicy, jetstream, type ConsumerMessages, type JsMsg } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import {
  AppError,
  SystemClock,
  type Clock,
  type EventDefinition,
  type RecordedEvent,
} from '@signalbox/kernel';
import { EventCodec } from './event-codec.ts';
import { EventFeed, type Feed, type FollowOptions } from './event-feed.port.ts';
import { ForeignMessages } from './foreign-messages.ts';
import { storedMessageOf } from './header-block.ts';
import { lastOf, positionOf } from './stream-reader.ts';
import { streams, subjectsOf } from './subjects.ts';

const BATCH_EVENTS_MAX = 1_000;
/** How often the server says that it is there when there is nothing to send. */
const HEARTBEAT_MS = 2_000;
const PULL_EXPIRES_MS = 30_000;

export interface JetStreamEventFeedOptions {
  readonly connection: NatsConnection;
  readonly env: string;
  /** Every event of the aggregates that are followed. */
  readonly definitions: readonly EventDefinition[];
  /** Tells when the server was heard; the system's when absent. */
  readonly clock?: Clock;
}

/** Follows the audit stream with an ordered consumer, which the client makes anew if it is lost. */
export class JetStreamEventFeed extends EventFeed {
  readonly #connection: NatsConnection;
  readonly #codec: EventCodec;
  readonly #clock: Clock;
  readonly #foreign = new ForeignMessages();
  readonly #subjects: ReturnType<typeof subjectsOf>;

  constructor({ connection, env, definitions, clock }: JetStreamEventFeedOptions) {
    super();
    this.#connection = connection;
    this.#codec = new EventCodec(definitions, '');
    this.#clock = clock ?? new SystemClock();
    this.#subjects = subjectsOf(env);
  }

  /** @throws AppError `unavailable` when the consumer cannot be made. */
  async follow(asked: FollowOptions): Promise<Feed> {
    const { audit, aggregates } = this.#subjects;
    const filters = asked.aggregates?.map(aggregates) ?? [audit];
    const after = await positionOf(this.#connection, streams.audit, filters, asked.after);
    const options = { ...asked, after };
    return new ConsumedFeed(options, {
      ...(await this.#consume(filters, options)),
      eventsIn: (message) => this.#eventsIn(message),
      now: () => this.#clock.now().getTime(),
      tail: () => this.#tail(filters),
    });
  }

  async #consume(filters: string[], options: From): Promise<Consumed> {
    try {
      const consumer = await jetstream(this.#connection).consumers.get(streams.audit, {
        filter_subjects: filters,
        deliver_policy: DeliverPolicy.StartSequence,
        opt_start_seq: options.after + 1,
      });
      const messages = await consumer.consume({
        // Twice a batch, so that the next one is on its way while one is handled.
        max_messages: 2 * (options.batchMax ?? BATCH_EVENTS_MAX),
        expires: PULL_EXPIRES_MS,
        idle_heartbeat: HEARTBEAT_MS,
      });
      return { messages, forget: () => void consumer.delete().catch(() => undefined) };
    } catch (cause) {
      throw new AppError({
        code: 'event_feed_unavailable',
        kind: 'unavailable',
        message: `The audit stream cannot be followed: ${String(cause)}`,
        cause,
      });
    }
  }

  #eventsIn(message: JsMsg): readonly RecordedEvent[] {
    return this.#foreign.eventsAmong([storedMessageOf(message)], this.#codec);
  }

  /** The sequence of the last message that is followed, by the leader's word; 0 for none. */
  #tail(filters: readonly string[]): Promise<number> {
    return lastOf(this.#connection, streams.audit, filters);
  }
}

type From = FollowOptions & { readonly after: number };

interface Consumed {
  readonly messages: ConsumerMessages;
  /** The server would keep the consumer for five minutes more. */
  forget(): void;
}

interface Source extends Consumed {
  /** None in what is no event. */
  eventsIn(message: JsMsg): readonly RecordedEvent[];
  now(): number;
  tail(): Promise<number>;
}

class ConsumedFeed implements Feed {
  readonly #options: From;
  readonly #source: Source;
  readonly #stopped = Promise.withResolvers<void>();
  #waiters: { readonly position: number; resolve(): void }[] = [];
  #stopping = false;
  #position: number;
  #heardAt: number;

  constructor(options: From, source: Source) {
    this.#options = options;
    this.#source = source;
    this.#position = options.after;
    this.#heardAt = source.now();
    // Whoever does not ask why the feed stopped must not be ended by it.
    this.#stopped.promise.catch(() => undefined);
    void this.#listen();
    this.#consume().then(this.#stopped.resolve, this.#stopped.reject);
  }

  get position(): number {
    return this.#position;
  }

  get heardAt(): number {
    return this.#heardAt;
  }

  async whenCaughtUp(): Promise<void> {
    const position = await this.#source.tail();
    if (position <= this.#position) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiters.push({ position, resolve });
    await Promise.race([promise, this.#stopped.promise.then(feedStopped)]);
  }

  whenStopped(): Promise<void> {
    return this.#stopped.promise;
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#source.messages.close();
    this.#source.forget();
    await this.#stopped.promise.catch(() => undefined);
  }

  /** Each message tells how many are behind it, so a batch ends where the stream does now. */
  async #consume(): Promise<void> {
    const batchMax = this.#options.batchMax ?? BATCH_EVENTS_MAX;
    let batch: RecordedEvent[] = [];
    for await (const message of this.#source.messages) {
      if (this.#stopping) return;
      this.#heardAt = this.#source.now();
      batch.push(...this.#source.eventsIn(message));
      if (message.info.pending > 0 && batch.length < batchMax) continue;
      await this.#options.handle(batch, message.seq);
      this.#moveTo(message.seq);
      batch = [];
    }
  }

  async #listen(): Promise<void> {
    for await (const notification of this.#source.messages.status()) {
      if (notification.type === 'heartbeat') this.#heardAt = this.#source.now();
    }
  }

  #moveTo(position: number): void {
    this.#position = position;
    const reached = this.#waiters.filter((waiter) => waiter.position <= position);
    this.#waiters = this.#waiters.filter((waiter) => waiter.position > position);
    for (const waiter of reached) waiter.resolve();
  }
}

/** @throws AppError `unavailable`: for who waits for a feed that was stopped. */
export function feedStopped(): never {
  throw new AppError({
    code: 'event_feed_stopped',
    kind: 'unavailable',
    message: 'The feed was stopped before it had caught up.',
  });
}
