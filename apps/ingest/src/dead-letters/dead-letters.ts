import type { NatsConnection } from '@nats-io/nats-core';
import { AppError } from '@signalbox/kernel';
import {
  countDeadLetters,
  newestDeadLetters,
  readDeadLetter,
  redriveDeadLetter,
  subjectsOf,
  type DeadLetter,
  type DeadLetterSummary,
} from '@signalbox/messaging';

/**
 * The dead letters of this environment. Everything throws AppError `unavailable` when NATS does
 * not answer.
 */
export class DeadLetters {
  readonly #connection: NatsConnection;
  readonly #subject: string;

  constructor(connection: NatsConnection, env: string) {
    this.#connection = connection;
    this.#subject = subjectsOf(env).deadLetter('*');
  }

  /** Newest first. */
  list(page: {
    readonly limit: number;
    readonly before?: number | undefined;
  }): Promise<readonly DeadLetterSummary[]> {
    const { limit, before = Infinity } = page;
    return answered(newestDeadLetters(this.#connection, this.#subject, { limit, before }));
  }

  /** @throws AppError `missing` */
  async read(sequence: number): Promise<DeadLetter> {
    const letter = await answered(readDeadLetter(this.#connection, this.#subject, sequence));
    if (letter) return letter;
    throw new AppError({
      code: 'dead_letter_not_found',
      kind: 'missing',
      message: `There is no dead letter ${sequence}. It may have been redriven.`,
    });
  }

  count(): Promise<number> {
    return answered(countDeadLetters(this.#connection, this.#subject));
  }

  /** Puts it back on its original subject, once, and removes it. */
  redrive({ sequence }: DeadLetter): Promise<void> {
    return answered(redriveDeadLetter(this.#connection, sequence));
  }
}

async function answered<T>(question: Promise<T>): Promise<T> {
  try {
    return await question;
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    const message = `NATS does not answer about dead letters: ${String(cause)}`;
    throw new AppError({ code: 'dead_letters_unavailable', kind: 'unavailable', message, cause });
  }
}
