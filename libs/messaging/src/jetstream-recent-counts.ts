import type { LoggerService } from '@nestjs/common';
import { headers, type NatsConnection } from '@nats-io/nats-core';
import { AppError, type Clock } from '@signalbox/kernel';
import { hash } from 'node:crypto';
import { ask } from './ask.ts';
import type { StoredMessage } from './event-envelope.ts';
import { COUNTED_MS, RecentCounts, type Counted } from './recent-counts.port.ts';
import { readFromLeader, readSubject } from './stream-reader.ts';
import { streams, subjectsOf } from './subjects.ts';

/** Counting holds up what is counted, so it gives up soon. */
const ANSWER_MS = 1_000;
/** After a failure nobody waits for the next one, for so long. */
const AWAY_MS = 1_000;
/** The server looks four times a second for what is too old (`resetAgeChk` in its memstore.go). */
const EXPIRY_LATE_MS = 250;
/** Of a digest in base64url: 132 bits. */
const DIGEST_CHARACTERS = 22;
/** A limit above this has too many messages to go through each. */
const LISTED_MAX = 1_000;
const INCREMENT = 'Nats-Incr';
const TIME = 'Nats-Time-Stamp';

export interface JetStreamRecentCountsOptions {
  readonly connection: NatsConnection;
  readonly env: string;
  readonly clock: Clock;
  readonly logger: Pick<LoggerService, 'warn'>;
}

/**
 * Counters of JetStream, in a stream that keeps a message for a minute: the server adds each to the
 * total of its subject, and the oldest that is left says what the total was a minute ago. So a
 * minute is the server's, and no clock of a replica decides.
 * https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-49.md
 */
export class JetStreamRecentCounts extends RecentCounts {
  readonly #options: JetStreamRecentCountsOptions;
  readonly #subjectOf: (what: string, whose: string) => string;
  /** Of `performance.now()`. */
  #awayUntilMs = 0;
  #isAway = false;

  constructor(options: JetStreamRecentCountsOptions) {
    super();
    this.#options = options;
    this.#subjectOf = subjectsOf(options.env).rate;
  }

  add(counted: Counted, amount: number): Promise<number> {
    return this.#asking(counted, async (subject) => {
      // At once: one round trip. Where the oldest has just gone, the sum is too large for once.
      const [total, oldest] = await Promise.all([
        this.#addTo(subject, amount),
        this.#oldestOf(subject),
      ]);
      // Where all of it was too old, the server begins at 0 again.
      const before = oldest ? totalBefore(oldest) : 0;
      // The total is the smaller when everything has just gone: then this is all there is.
      return Math.max(amount, total - before);
    });
  }

  fallsBelow(counted: Counted, most: number): Promise<number> {
    return this.#asking(counted, async (subject) => {
      const oldest = await this.#oldestOf(subject);
      if (!oldest) return 0;
      // Of so many some are always about to go.
      if (most > LISTED_MAX) return this.#remainderOf(oldest.time);
      const messages = await readSubject(this.#options.connection, streams.rates, subject, 0);
      const last = messages.at(-1);
      const total = last ? totalAt(last) : 0;
      const leaving = messages.findLast((message) => total - totalBefore(message) >= most);
      return leaving ? this.#remainderOf(new Date(leaving.headers[TIME] ?? '')) : 0;
    });
  }

  async #asking(
    { what, whose }: Counted,
    count: (subject: string) => Promise<number>,
  ): Promise<number> {
    if (performance.now() < this.#awayUntilMs) throw away('no answer a moment ago');
    const digest = hash('sha256', whose, 'base64url').slice(0, DIGEST_CHARACTERS);
    try {
      const counted = await count(this.#subjectOf(what, digest));
      this.#isAway = false;
      return counted;
    } catch (cause) {
      throw this.#failed(cause);
    }
  }

  /** The new total. */
  async #addTo(subject: string, amount: number): Promise<number> {
    const increment = headers();
    increment.set(INCREMENT, amount < 0 ? `${amount}` : `+${amount}`);
    const options = { headers: increment, timeoutMs: ANSWER_MS };
    const answer = await ask(this.#options.connection, subject, '', options);
    const { val, error } = answer.json<CounterAck>();
    if (val === undefined) throw new Error(error?.description ?? 'an ack of no value');
    return Number(val);
  }

  #oldestOf(subject: string) {
    const query = { next_by_subj: subject, seq: 1 };
    return readFromLeader(this.#options.connection, streams.rates, query);
  }

  /** The clocks of server and replica may differ, so it is a hint, within bounds. */
  #remainderOf(time: Date): number {
    const ageMs = this.#options.clock.now().getTime() - time.getTime();
    return Math.min(COUNTED_MS, Math.max(0, COUNTED_MS + EXPIRY_LATE_MS - ageMs));
  }

  #failed(cause: unknown): AppError {
    this.#awayUntilMs = performance.now() + AWAY_MS;
    const error = away(cause);
    if (!this.#isAway) this.#options.logger.warn(error.message);
    this.#isAway = true;
    return error;
  }
}

interface CounterAck {
  readonly val?: string;
  readonly error?: { readonly description: string };
}

function totalAt({ payload }: StoredMessage): number {
  const { val } = JSON.parse(Buffer.from(payload).toString()) as { readonly val: string };
  return Number(val);
}

function totalBefore(message: StoredMessage): number {
  return totalAt(message) - Number(message.headers[INCREMENT]);
}

function away(cause: unknown): AppError {
  return new AppError({
    code: 'counts_unavailable',
    kind: 'unavailable',
    message: `What the replicas count together cannot be reached: ${String(cause)}`,
    cause,
  });
}
