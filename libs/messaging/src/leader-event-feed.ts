import { setTimeout as delay } from 'node:timers/promises';
import type { NatsConnection, Subscription } from '@nats-io/nats-core';
import { SystemClock, type Clock } from '@signalbox/kernel';
import { EventCodec } from './event-codec.ts';
import type { StoredMessage } from './event-envelope.ts';
import { EventFeed, type Feed, type FollowOptions } from './event-feed.port.ts';
import { ForeignMessages } from './foreign-messages.ts';
import { feedStopped, type JetStreamEventFeedOptions } from './jetstream-event-feed.ts';
import { lastOf, positionOf, readFromLeader } from './stream-reader.ts';
import { streams, subjectsOf } from './subjects.ts';

const BATCH_EVENTS_MAX = 1_000;
const LOOK_EVERY_MS = 1_000;
/** Whoever listens may hear of a message before it can be read. */
const LOOK_AGAIN_MS = 20;
const LOOK_AGAIN_FOR_MS = 1_000;

/**
 * Follows aggregates that seldom have news by asking the stream's leader what comes next. For a
 * service that may make no consumer: whoever may, has the server send messages wherever it names.
 */
export class LeaderEventFeed extends EventFeed {
  readonly #connection: NatsConnection;
  readonly #codec: EventCodec;
  readonly #clock: Clock;
  readonly #subjects: ReturnType<typeof subjectsOf>;

  constructor({ connection, env, definitions, clock }: JetStreamEventFeedOptions) {
    super();
    this.#connection = connection;
    this.#codec = new EventCodec(definitions, '');
    this.#clock = clock ?? new SystemClock();
    this.#subjects = subjectsOf(env);
  }

  /** @throws AppError `unavailable` when the leader cannot be asked. */
  async follow(asked: FollowOptions): Promise<Feed> {
    const { audit, aggregates } = this.#subjects;
    const filters = asked.aggregates?.map(aggregates) ?? [audit];
    const after = await positionOf(this.#connection, streams.audit, filters, asked.after);
    return new AskingFeed({
      ...asked,
      after,
      filters,
      connection: this.#connection,
      codec: this.#codec,
      now: () => this.#clock.now().getTime(),
    });
  }
}

interface AskingOptions extends FollowOptions {
  readonly after: number;
  readonly filters: readonly string[];
  readonly connection: NatsConnection;
  readonly codec: EventCodec;
  now(): number;
}

class AskingFeed implements Feed {
  readonly #options: AskingOptions;
  readonly #foreign = new ForeignMessages();
  readonly #stopping = new AbortController();
  readonly #ended: Promise<void>;
  #news = Promise.withResolvers<void>();
  #moved = Promise.withResolvers<void>();
  #heardOfAt = -Infinity;
  #position: number;
  #heardAt: number;

  constructor(options: AskingOptions) {
    this.#options = options;
    this.#position = options.after;
    this.#heardAt = options.now();
    this.#ended = this.#run();
    // Whoever does not ask why the feed stopped must not be ended by it.
    this.#ended.catch(() => undefined);
  }

  get position(): number {
    return this.#position;
  }

  get heardAt(): number {
    return this.#heardAt;
  }

  async whenCaughtUp(): Promise<void> {
    const { connection, filters } = this.#options;
    const tail = await lastOf(connection, streams.audit, filters);
    this.#wake();
    while (this.#position < tail) {
      await Promise.race([this.#moved.promise, this.#ended.then(feedStopped)]);
    }
  }

  whenStopped(): Promise<void> {
    return this.#ended;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#wake();
    await this.#ended.catch(() => undefined);
  }

  async #run(): Promise<void> {
    const { connection, filters } = this.#options;
    const listening = filters.map((filter) => this.#listen(connection, filter));
    try {
      while (!this.#stopping.signal.aborted) {
        this.#news = Promise.withResolvers<void>();
        const wasMoved = await this.#moveOn();
        if (!wasMoved) await this.#untilNews();
      }
    } finally {
      for (const subscription of listening) subscription.unsubscribe();
    }
  }

  /** Only so that it looks sooner: what is heard is not believed. */
  #listen(connection: NatsConnection, filter: string): Subscription {
    return connection.subscribe(filter, {
      callback: () => {
        this.#heardOfAt = performance.now();
        this.#wake();
      },
    });
  }

  async #moveOn(): Promise<boolean> {
    const { batchMax = BATCH_EVENTS_MAX, codec, handle } = this.#options;
    const found: StoredMessage[] = [];
    while (found.length < batchMax && !this.#stopping.signal.aborted) {
      const next = await this.#nextAfter(found.at(-1)?.sequence ?? this.#position);
      if (!next) break;
      found.push(next);
    }
    this.#heardAt = this.#options.now();
    const last = found.at(-1);
    if (!last || this.#stopping.signal.aborted) return false;
    await handle(this.#foreign.eventsAmong(found, codec), last.sequence);
    this.#position = last.sequence;
    this.#moved.resolve();
    this.#moved = Promise.withResolvers<void>();
    return true;
  }

  async #nextAfter(sequence: number): Promise<StoredMessage | undefined> {
    const { connection, filters } = this.#options;
    const nexts = await Promise.all(
      filters.map((filter) =>
        readFromLeader(connection, streams.audit, { next_by_subj: filter, seq: sequence + 1 }),
      ),
    );
    return nexts.reduce((first, one) =>
      one && one.sequence < (first?.sequence ?? Infinity) ? one : first,
    );
  }

  async #untilNews(): Promise<void> {
    const isDue = performance.now() - this.#heardOfAt < LOOK_AGAIN_FOR_MS;
    const { signal } = this.#stopping;
    await Promise.race([
      this.#news.promise,
      delay(isDue ? LOOK_AGAIN_MS : LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined),
    ]);
  }

  #wake(): void {
    this.#news.resolve();
  }
}
