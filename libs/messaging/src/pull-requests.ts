import { setTimeout as delay } from 'node:timers/promises';
import {
  nanos,
  TimeoutError,
  type Msg,
  type NatsConnection,
  type QueuedIterator,
  type Status,
  type Subscription,
} from '@nats-io/nats-core';
import { inboxOf } from './inbox.ts';

/** A request for messages stands at the server for this long, then it is made again. */
const PULL_MS = 30_000;
/** While nothing arrives the server says this often that it is there. */
const HEARTBEAT_MS = 5_000;
/** Silence after which the request is taken for lost. */
const SILENCE_MAX_MS = 2.5 * HEARTBEAT_MS;
const RECOVERY_PAUSE_MS = 200;
/** A start that meets a server which is just coming up tries this often. */
const START_ATTEMPTS = 3;

const HEARTBEAT = 100;
const EXPIRED = [404, 408];

export interface PullOptions {
  readonly connection: NatsConnection;
  readonly stream: string;
  readonly durable: string;
  /** How many messages could be taken now. */
  room(): number;
  take(message: Msg): void;
  /** Makes the consumer if it is not there. */
  ensureConsumer(): Promise<void>;
  onTrouble(reason: unknown): void;
}

/**
 * Asks a durable pull consumer for as many messages as there is room for, one request at a time,
 * so that no message waits here unhandled while its time at the server runs. Written on the
 * protocol because the client library's own iterators fetch ahead, and drop what is on its way
 * when they are stopped. https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-37.md
 */
export class PullRequests {
  readonly #options: PullOptions;
  #subscription: Subscription | undefined;
  /** Messages asked for and neither delivered nor given up by the server. */
  #wanted = 0;
  #heardAt = 0;
  #recovering: Promise<void> | undefined;
  #closed = false;
  #watch: NodeJS.Timeout | undefined;
  #statuses: QueuedIterator<Status> | undefined;

  constructor(options: PullOptions) {
    this.#options = options;
  }

  /** @throws what `ensureConsumer` throws, in the end. */
  async start(): Promise<void> {
    await this.#ensure(START_ATTEMPTS);
    this.#subscribe();
    this.#statuses = this.#options.connection.status() as QueuedIterator<Status>;
    void this.#watchReconnects(this.#statuses);
    this.#watch = setInterval(() => {
      const silent = performance.now() - this.#heardAt > SILENCE_MAX_MS;
      if (this.#wanted > 0 && silent) this.#recover('the server is silent');
    }, HEARTBEAT_MS);
    this.more();
  }

  /** Asks for what there is room for, unless a request stands already. */
  more(): void {
    const batch = this.#options.room();
    if (this.#closed || this.#recovering || this.#wanted > 0 || batch === 0) return;
    const { connection, stream, durable } = this.#options;
    const request = { batch, expires: nanos(PULL_MS), idle_heartbeat: nanos(HEARTBEAT_MS) };
    this.#wanted = batch;
    this.#heardAt = performance.now();
    const reply = this.#subscription?.getSubject() ?? '';
    const subject = `$JS.API.CONSUMER.MSG.NEXT.${stream}.${durable}`;
    connection.publish(subject, JSON.stringify(request), { reply });
  }

  /** Once this resolves nothing more is taken; what was on its way has been. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#watch);
    this.#statuses?.stop();
    await this.#recovering;
    if (!this.#options.connection.isClosed()) await this.#subscription?.drain();
  }

  #subscribe(): void {
    const { connection } = this.#options;
    const inbox = inboxOf(connection);
    const subscription = connection.subscribe(inbox, {
      callback: (error, message) => {
        if (error) return this.#recover(error);
        const current = subscription === this.#subscription;
        if (message.subject !== inbox) return this.#receive(message, current);
        if (current) this.#heed(message);
      },
    });
    this.#subscription = subscription;
  }

  #receive(message: Msg, current: boolean): void {
    if (current) {
      this.#heardAt = performance.now();
      this.#wanted = Math.max(0, this.#wanted - 1);
    }
    this.#options.take(message);
    this.more();
  }

  /** Something about the request itself. */
  #heed(status: Msg): void {
    this.#heardAt = performance.now();
    const code = status.headers?.code ?? 0;
    if (code === HEARTBEAT) return;
    this.#wanted = 0;
    if (EXPIRED.includes(code)) return this.more();
    // The consumer was deleted, its leader moved, the server shuts down, or nobody is there.
    this.#recover(`${code} ${status.headers?.description ?? ''}`);
  }

  async #ensure(attempts: number): Promise<void> {
    try {
      await this.#options.ensureConsumer();
    } catch (error) {
      if (attempts === 1 || !(error instanceof TimeoutError)) throw error;
      this.#options.onTrouble(error);
      await this.#ensure(attempts - 1);
    }
  }

  #recover(reason: unknown): void {
    if (this.#closed || this.#recovering) return;
    this.#options.onTrouble(reason);
    this.#recovering = this.#startOver().finally(() => {
      this.#recovering = undefined;
      this.more();
    });
  }

  /** On a new inbox: the server drops the old request with the interest in the old one. */
  async #startOver(): Promise<void> {
    const { connection } = this.#options;
    while (!this.#closed && !connection.isClosed()) {
      // Also before the first try: what the server answers at once must not make a tight loop.
      await delay(RECOVERY_PAUSE_MS);
      try {
        await this.#options.ensureConsumer();
        await this.#subscription?.drain();
        this.#subscribe();
        this.#wanted = 0;
        return;
      } catch (error) {
        this.#options.onTrouble(error);
      }
    }
  }

  async #watchReconnects(statuses: QueuedIterator<Status>): Promise<void> {
    for await (const { type } of statuses) {
      if (type === 'reconnect') this.#recover('the connection was lost and is back');
    }
  }
}
