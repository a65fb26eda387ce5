import { DeliverPolicy, jetstream, type ConsumerMessages, type JsMsg } from '@nats-io/jetstream';
import type { Msg, NatsConnection } from '@nats-io/nats-core';
import { Logger } from '@nestjs/common';
import { AppError } from '@signalbox/kernel';
import { setTimeout as delay } from 'node:timers/promises';
import { deliveryOf } from './delivery.ts';
import type { ReceivedMessage } from './received-message.ts';

const FOLLOW_AGAIN_MS = 500;
/** How often the server says that it is there when there is nothing to send. */
const HEARTBEAT_MS = 2_000;
const PULL_EXPIRES_MS = 30_000;

export interface FollowMessagesOptions {
  readonly connection: NatsConnection;
  readonly stream: string;
  /** A subject, may have wildcards. */
  readonly filter: string;
  /** The sequence of the first message that is asked for. */
  readonly from: number;
  /** Leaves out the bodies, which come as no bytes. */
  readonly headersOnly?: boolean;
  /** Most messages that wait here to be handled. */
  readonly aheadMax: number;
  /**
   * Called with one message at a time, in the order of the stream. When it throws, it is called
   * with that message again after a pause.
   */
  handle(message: ReceivedMessage): Promise<void> | void;
}

/**
 * Follows the messages of a stream that somebody else consumes, without a say in what becomes of
 * them. Survives outages: it goes on behind the last message that it handled.
 * @throws AppError `unavailable` when it cannot begin.
 */
export async function followMessages(options: FollowMessagesOptions): Promise<MessageFollower> {
  const follower = new MessageFollower(options);
  await follower.start();
  return follower;
}

export class MessageFollower {
  readonly #logger = new Logger(followMessages.name);
  readonly #options: FollowMessagesOptions;
  readonly #stopping = new AbortController();
  #from: number;
  #messages: ConsumerMessages | undefined;
  #kept: Promise<void> | undefined;
  #heardAt = 0;
  #left = 0;

  constructor(options: FollowMessagesOptions) {
    this.#options = options;
    this.#from = options.from;
  }

  /** When the server was last heard of, as epoch milliseconds. */
  get heardAt(): number {
    return this.#heardAt;
  }

  /** How many of the messages that stood in the stream when it was followed are not handled yet. */
  get left(): number {
    return this.#left;
  }

  async start(): Promise<void> {
    const messages = await this.#follow();
    this.#kept = this.#keep(messages);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#messages?.close();
    await this.#kept;
  }

  async #follow(): Promise<ConsumerMessages> {
    const { connection, stream, filter, headersOnly = false, aheadMax } = this.#options;
    try {
      const consumer = await jetstream(connection).consumers.get(stream, {
        filter_subjects: filter,
        headers_only: headersOnly,
        deliver_policy: DeliverPolicy.StartSequence,
        opt_start_seq: this.#from,
      });
      this.#left = (await consumer.info(true)).num_pending;
      this.#messages = await consumer.consume({
        max_messages: aheadMax,
        expires: PULL_EXPIRES_MS,
        idle_heartbeat: HEARTBEAT_MS,
      });
      this.#heardAt = Date.now();
      void this.#listen(this.#messages);
      if (this.#stopping.signal.aborted) await this.#messages.close();
      return this.#messages;
    } catch (cause) {
      throw new AppError({
        code: 'stream_unavailable',
        kind: 'unavailable',
        message: `${filter} cannot be followed: ${String(cause)}`,
        cause,
      });
    }
  }

  async #keep(first: ConsumerMessages): Promise<void> {
    const { signal } = this.#stopping;
    let messages: ConsumerMessages | undefined = first;
    for (;;) {
      let reason: unknown = 'it ended';
      try {
        messages ??= await this.#follow();
        await this.#handleAll(messages);
      } catch (error) {
        reason = error;
      }
      messages = undefined;
      if (signal.aborted) return;
      this.#logger.warn(`${this.#options.filter}: lost, following again: ${String(reason)}`);
      await delay(FOLLOW_AGAIN_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  async #handleAll(messages: ConsumerMessages): Promise<void> {
    for await (const message of messages) {
      if (this.#stopping.signal.aborted) return;
      this.#heardAt = Date.now();
      await this.#options.handle(receivedFrom(message));
      this.#from = message.seq + 1;
      if (this.#left > 0) this.#left--;
    }
  }

  async #listen(messages: ConsumerMessages): Promise<void> {
    for await (const { type } of messages.status()) {
      if (type === 'heartbeat') this.#heardAt = Date.now();
    }
  }
}

function receivedFrom(message: JsMsg): ReceivedMessage {
  return deliveryOf((message as JsMsg & { readonly msg: Msg }).msg).message;
}
