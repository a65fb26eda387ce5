import { setTimeout as delay } from 'node:timers/promises';
import type { LoggerService } from '@nestjs/common';
import { jetstreamManager } from '@nats-io/jetstream';
import type { Msg, NatsConnection } from '@nats-io/nats-core';
import { asAppError } from '@signalbox/kernel';
import { ensureConsumer, type ConsumerSettings } from './consumer-settings.ts';
import { deliveryOf, type Delivery } from './delivery.ts';
import { FairTurns } from './fair-turns.ts';
import { PullRequests } from './pull-requests.ts';
import type { ReceivedMessage } from './received-message.ts';
import { Settler } from './settler.ts';
import { lastOf } from './stream-reader.ts';
import { within } from './within.ts';

/** How long `stop` waits for handlers that are running. */
const DRAIN_MS = 8_000;
const HANDLING_MAX_MS = 15 * 60_000;
/** Beyond this, no message is asked for that would have to wait here. */
const WAITING_BYTES_MAX = 64 * 1024 * 1024;
/** Most messages, handled and not acknowledged yet, in whose place others are asked for. */
const ACKNOWLEDGING_MAX = 1_000;
/** `working` is said this many times in an ack wait. */
const HEARTBEATS_PER_ACK_WAIT = 3;
const IDLE_POLL_MS = 20;
/** How long what was handed back may take to leave when the server is away. */
const FLUSH_MS = 1_000;

export interface ConsumeOptions extends ConsumerSettings {
  readonly connection: NatsConnection;
  /** Who consumes; named in dead letters. */
  readonly service: string;
  /** Most messages handled at once by this process. */
  readonly concurrency: number;
  /**
   * Most messages held by this process, those that wait for one that is handled included; as many
   * as `concurrency` when absent. More of them only make the turns fair.
   */
  readonly heldMax?: number;
  /** A handler that runs longer has its message given to somebody else; 15 minutes when absent. */
  readonly handlingMaxMs?: number;
  /** Lanes take turns, whatever waits in each. A message of no lane comes before all of them. */
  laneOf?(message: ReceivedMessage): string | undefined;
  /** Pauses before redelivery after a failure; the last one is repeated. */
  readonly backoffMs: readonly number[];
  /** Most deliveries of a message whose handler fails with a `bug`. */
  readonly bugDeliveriesMax: number;
  readonly logger: Pick<LoggerService, 'warn' | 'error'>;
  /** Resolved: the message is done. Thrown: settled by kernel's `errorOutcomes`. */
  handle(message: ReceivedMessage): Promise<void>;
}

export interface RunningConsumer {
  /** Resolves when no message waits, is being handled, or stands back for another try. */
  whenIdle(): Promise<void>;
  /** Hands back at once what no handler has begun; lets those that run end within `drainMs`. */
  stop(drainMs?: number): Promise<void>;
}

/** Handles the messages of a durable pull consumer, which it makes or brings up to date. */
export async function consume(options: ConsumeOptions): Promise<RunningConsumer> {
  const consumer = new Consumer(options);
  await consumer.start();
  return consumer;
}

class Consumer implements RunningConsumer {
  readonly #options: ConsumeOptions;
  readonly #pulls: PullRequests;
  readonly #settler: Settler;
  readonly #turns: FairTurns;
  readonly #inFlight = new Map<Delivery, Promise<void>>();
  /** Those in flight whose turn has not come. */
  readonly #waiting = new Set<Delivery>();
  #bytes = 0;
  #stopping = false;

  constructor(options: ConsumeOptions) {
    this.#options = options;
    this.#settler = new Settler(options);
    this.#turns = new FairTurns(options.concurrency);
    const { connection, stream, durable, logger } = options;
    this.#pulls = new PullRequests({
      connection,
      stream,
      durable,
      room: () => this.#room(),
      take: (raw) => this.#take(raw),
      ensureConsumer: () => ensureConsumer(connection, options),
      onTrouble: (reason) => logger.warn(`consumer ${stream}/${durable}: ${String(reason)}`),
    });
  }

  start(): Promise<void> {
    return this.#pulls.start();
  }

  async whenIdle(): Promise<void> {
    const { connection, stream, durable, filters } = this.#options;
    const { consumers } = await jetstreamManager(connection, { checkAPI: false });
    for (;;) {
      await Promise.all(this.#inFlight.values());
      // The server counts a message as pending a little after it has acknowledged the publish.
      const last = await lastOf(connection, stream, filters);
      const { delivered, num_pending, num_ack_pending } = await consumers.info(stream, durable);
      const seenAll = delivered.stream_seq >= last && num_pending === 0;
      if (seenAll && num_ack_pending === 0) return;
      await delay(IDLE_POLL_MS);
    }
  }

  async stop(drainMs = DRAIN_MS): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = true;
    const drained = this.#pulls.close().then(() => {
      // Not before: while a request stands, what is handed back may come here again.
      this.#handBack(this.#waiting);
      return Promise.all(this.#inFlight.values());
    });
    await within(drainMs, drained);
    this.#handBack(this.#inFlight.keys());
    const { connection } = this.#options;
    if (!connection.isClosed()) await within(FLUSH_MS, connection.flush());
  }

  /** In steps, so that what has come is weighed before more is asked for. */
  #room(): number {
    if (this.#stopping) return 0;
    const { concurrency, heldMax = concurrency } = this.#options;
    const max = this.#bytes < WAITING_BYTES_MAX ? heldMax : concurrency;
    const handled = Math.min(this.#settler.acknowledging, ACKNOWLEDGING_MAX);
    return Math.min(concurrency, Math.max(0, max + handled - this.#inFlight.size));
  }

  #handBack(deliveries: Iterable<Delivery>): void {
    for (const delivery of deliveries) this.#settler.handBack(delivery);
  }

  #take(raw: Msg): void {
    const delivery = deliveryOf(raw);
    if (this.#stopping) return this.#settler.handBack(delivery);
    const { length } = delivery.message.bytes;
    this.#bytes += length;
    const work = this.#work(delivery).finally(() => {
      this.#bytes -= length;
      this.#inFlight.delete(delivery);
      this.#pulls.more();
    });
    this.#inFlight.set(delivery, work);
  }

  async #work(delivery: Delivery): Promise<void> {
    const { message } = delivery;
    let begunAt = Infinity;
    const heartbeat = this.#keepAlive(delivery, () => performance.now() - begunAt);
    this.#waiting.add(delivery);
    await this.#turns.take(this.#options.laneOf?.(message));
    this.#waiting.delete(delivery);
    begunAt = performance.now();
    const isDone = await this.#isDone(delivery).finally(() => {
      this.#turns.giveBack();
      clearInterval(heartbeat);
    });
    if (!isDone) return;
    const acknowledged = this.#settler.done(delivery);
    this.#pulls.more();
    await acknowledged;
  }

  /** False when it was not handled, or in vain: what becomes of it is settled then. */
  async #isDone(delivery: Delivery): Promise<boolean> {
    try {
      // Somebody else may begin it at once; here it would only begin.
      if (this.#stopping) {
        this.#settler.handBack(delivery);
        return false;
      }
      await this.#options.handle(delivery.message);
      return true;
    } catch (error) {
      // It only had no time: whoever takes it over need not wait as after a failure.
      const isCutShort = this.#stopping && asAppError(error).kind === 'unavailable';
      if (isCutShort) this.#settler.handBack(delivery);
      else await this.#settler.failed(delivery, error);
      return false;
    }
  }

  #keepAlive(delivery: Delivery, handledForMs: () => number): NodeJS.Timeout {
    const { handlingMaxMs = HANDLING_MAX_MS } = this.#options;
    const heartbeat = setInterval(() => {
      if (handledForMs() > handlingMaxMs) return clearInterval(heartbeat);
      this.#settler.working(delivery);
    }, this.#options.ackWaitMs / HEARTBEATS_PER_ACK_WAIT);
    // A handler that never ends must not keep a process alive that is otherwise done.
    return heartbeat.unref();
  }
}
