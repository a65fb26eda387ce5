import { setTimeout as delay } from 'node:timers/promises';
import type { LoggerService } from '@nestjs/common';
import { nanos, type NatsConnection } from '@nats-io/nats-core';
import { asAppError, errorOutcomes, type AppError } from '@signalbox/kernel';
import { ask } from './ask.ts';
import { publishDeadLetter } from './dead-letters.ts';
import type { Delivery } from './delivery.ts';
import { streams } from './subjects.ts';
import { isSuperseded } from './superseded.ts';

/**
 * Whoever was answered often sends the next command at once. It would wait while the server syncs the
 * acknowledgement, which on a work queue removes the message and, where it was the only one, makes a
 * new file in the place of the old one. So there the acknowledgement comes second.
 */
const ACKNOWLEDGE_COMMAND_AFTER_MS = 2;
/** How long the server may take to confirm a settlement, and how often it is asked to. */
const CONFIRM_MS = 2_000;
const CONFIRM_ATTEMPTS = 3;

export interface SettlerOptions {
  readonly connection: NatsConnection;
  readonly service: string;
  readonly deadLetterSubject: string;
  readonly deliveriesMax: number;
  readonly bugDeliveriesMax: number;
  readonly backoffMs: readonly number[];
  readonly logger: Pick<LoggerService, 'warn' | 'error'>;
}

/**
 * Tells the server what became of a delivery. Every settlement is confirmed by the server, so a
 * message that counts as settled here is settled there; without a confirmation it will be
 * delivered again, which handlers take.
 */
export class Settler {
  readonly #options: SettlerOptions;
  readonly #handedBack = new WeakSet<Delivery>();
  #acknowledging = 0;

  constructor(options: SettlerOptions) {
    this.#options = options;
  }

  /** Deliveries that are done, and unsettled as yet. */
  get acknowledging(): number {
    return this.#acknowledging;
  }

  async done(delivery: Delivery): Promise<void> {
    this.#acknowledging++;
    if (delivery.message.stream === streams.commands) await delay(ACKNOWLEDGE_COMMAND_AFTER_MS);
    await this.#settle(delivery, '+ACK');
    this.#acknowledging--;
  }

  async failed(delivery: Delivery, thrown: unknown): Promise<void> {
    const error = asAppError(thrown);
    if (isSuperseded(error)) return;
    if (this.#mayRetry(delivery, error)) return this.#retry(delivery, error);
    const { connection, service, deadLetterSubject, logger } = this.#options;
    const { message } = delivery;
    try {
      await publishDeadLetter(connection, deadLetterSubject, {
        service,
        error,
        source: message,
      });
    } catch (refused) {
      // Not ended without its dead letter: it is delivered again, or found by the mover.
      return this.#retry(delivery, asAppError(refused));
    }
    logger.error(`${told(delivery)} is a dead letter: ${error.code}: ${error.message}`);
    await this.#settle(delivery, `+TERM ${error.code}`);
  }

  /** For another replica to take over at once; what the handler still does here is not heard. */
  handBack(delivery: Delivery): void {
    if (this.#handedBack.has(delivery)) return;
    this.#handedBack.add(delivery);
    if (!this.#options.connection.isClosed()) {
      this.#options.connection.publish(delivery.settleOn, '-NAK');
    }
  }

  working(delivery: Delivery): void {
    const { connection } = this.#options;
    if (this.#handedBack.has(delivery) || connection.isClosed()) return;
    connection.publish(delivery.settleOn, '+WPI');
  }

  #mayRetry({ message }: Delivery, { kind }: AppError): boolean {
    if (errorOutcomes[kind].settlement !== 'retry') return false;
    const { deliveriesMax, bugDeliveriesMax } = this.#options;
    const max = kind === 'bug' ? Math.min(bugDeliveriesMax, deliveriesMax) : deliveriesMax;
    return message.deliveries < max;
  }

  #retry(delivery: Delivery, error: AppError): Promise<void> {
    const { backoffMs, logger } = this.#options;
    const tried = Math.min(delivery.message.deliveries, backoffMs.length);
    const pauseMs = backoffMs[tried - 1] ?? 0;
    logger.warn(`${told(delivery)} is tried again: ${error.code}: ${error.message}`);
    return this.#settle(delivery, `-NAK ${JSON.stringify({ delay: nanos(pauseMs) })}`);
  }

  async #settle(delivery: Delivery, how: string): Promise<void> {
    const { connection, logger } = this.#options;
    for (let attempt = 1; attempt <= CONFIRM_ATTEMPTS; attempt++) {
      if (this.#handedBack.has(delivery)) return;
      try {
        await ask(connection, delivery.settleOn, how, { timeoutMs: CONFIRM_MS });
        return;
      } catch (error) {
        const reason = asAppError(error).message;
        logger.warn(`${told(delivery)}: no word on its settlement: ${reason}`);
        if (connection.isClosed()) return;
      }
    }
  }
}

function told({ message }: Delivery): string {
  const { stream, sequence, subject, deliveries } = message;
  return `${stream} ${sequence} (${subject}, delivery ${deliveries})`;
}
