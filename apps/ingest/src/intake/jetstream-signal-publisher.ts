import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { SIGNAL_SCHEMA, type Signal, signalSchema } from '@signalbox/contracts';
import { AppError, type Actor } from '@signalbox/kernel';
import {
  asToken,
  continueTrace,
  encodeHeaderValue,
  GroupCommit,
  headerNames,
  streams,
  subjectsOf,
  type Append,
} from '@signalbox/messaging';
import { SignalPublisher, type PublishOptions } from './signal-publisher.port.ts';

/** What the group commit takes as one. */
const BATCH_MESSAGES = 500;

/** More than what the group commit and the server add to the headers of a message. */
const BATCH_HEADERS_BYTES = 256;

/** A signal as a message, beside the id that dedupes it. */
type Encoded = Append['messages'][number] & { readonly id: string; readonly signal: Signal };

export interface JetStreamSignalPublisherOptions {
  readonly connection: NatsConnection;
  readonly env: string;
}

/** Signals on the stream SIGNALS, as CloudEvents in NATS binary mode. */
export class JetStreamSignalPublisher extends SignalPublisher {
  readonly #connection: NatsConnection;
  readonly #commits: GroupCommit;
  readonly #subjectOf: (source: string, type: string) => string;

  constructor({ connection, env }: JetStreamSignalPublisherOptions) {
    super();
    this.#connection = connection;
    this.#commits = new GroupCommit(connection);
    this.#subjectOf = subjectsOf(env).signal;
  }

  async publish(signals: readonly Signal[], { sameRequest, actor }: PublishOptions): Promise<void> {
    const messages = signals.map((signal) => this.#encode(signal, actor));
    this.#assertFitting(messages);
    // It goes ahead of the others, so that of a request that is another nothing is stored.
    if (sameRequest) await this.#store(messages.splice(0, 1), { sameRequest });
    const batches: Encoded[][] = [];
    for (let i = 0; i < messages.length; i += BATCH_MESSAGES) {
      batches.push(messages.slice(i, i + BATCH_MESSAGES));
    }
    await Promise.all(batches.map((batch) => this.#store(batch, { sameRequest })));
  }

  async #store(
    messages: readonly Encoded[],
    about: Pick<PublishOptions, 'sameRequest'>,
  ): Promise<void> {
    const outcome = await this.#commit(messages);
    if (outcome.status === 'refused' && messages.length > 1) {
      // One that is stored already refuses the whole batch; alone it is recognised.
      await Promise.all(messages.map((message) => this.#store([message], about)));
      return;
    }
    if (outcome.status === 'unknown') throw notStored(outcome.cause);
    if (outcome.status === 'refused') throw notStored(outcome.reason);
    const [message] = messages;
    // Without a key it is an event that its source names: the same one, whatever came around it.
    if (message && outcome.duplicate && about.sameRequest)
      await this.#assertSame(message, outcome.sequence);
  }

  /** Under the key of the request something is stored: a repeat is of the same bytes. */
  async #assertSame({ signal }: Encoded, seq: number): Promise<void> {
    const { streams: stored } = await jetstreamManager(this.#connection, { checkAPI: false });
    const found = await stored.getMessage(streams.signals, { seq }).catch((cause: unknown) => {
      throw notStored(cause);
    });
    // Gone by now it was taken then; and what others publish need not be a signal, nor JSON.
    const before = found ? signalSchema.safeParse(jsonOf(found.string())).data : signal;
    const isSame = before?.raw.sha256 === signal.raw.sha256 && before.source === signal.source;
    if (!isSame) throw keyReused();
  }

  /** Before any of them is published: of a delivery all or nothing is taken. */
  #assertFitting(messages: readonly Encoded[]): void {
    const max = this.#connection.info?.max_payload ?? Infinity;
    const largest = Math.max(
      ...messages.map(({ headers, payload }) => headers.length + payload.length),
    );
    if (largest + BATCH_HEADERS_BYTES > max) throw tooLarge(largest, max);
  }

  #commit(messages: readonly Encoded[]): ReturnType<GroupCommit['commit']> {
    const bytes = messages.reduce((sum, m) => sum + m.headers.length + m.payload.length, 0);
    // Signals need no order among each other, only one id must not be twice in a batch.
    return this.#commits.commit({ subject: messages[0]?.id ?? '', messages, bytes });
  }

  #encode(signal: Signal, actor: Actor = `source:${signal.source}`): Encoded {
    const { id, source, type, receivedAt, raw } = signal;
    // Not the signal's: each report of a fact counts, only the same delivery is taken once.
    const messageId = `${raw.deliveryId}.${raw.index}`;
    const headers = {
      'Nats-Msg-Id': messageId,
      [headerNames.specVersion]: '1.0',
      [headerNames.id]: id,
      [headerNames.type]: encodeHeaderValue(type),
      [headerNames.source]: encodeHeaderValue(source),
      [headerNames.time]: receivedAt,
      [headerNames.dataSchema]: SIGNAL_SCHEMA,
      [headerNames.contentType]: 'application/json',
      [headerNames.correlationId]: id,
      [headerNames.actor]: encodeHeaderValue(actor),
      [headerNames.traceparent]: continueTrace(),
    };
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    return {
      id: messageId,
      signal,
      subject: this.#subjectOf(asToken(source), asToken(type)),
      headers: lines.join(''),
      payload: Buffer.from(JSON.stringify(signal)),
    };
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/, section 2.7. */
function keyReused(): AppError {
  const problem = 'was used for another request';
  return new AppError({
    code: 'idempotency_key_reused',
    kind: 'invalid',
    message: `Idempotency-Key ${problem}: nothing was taken of this one.`,
    fields: [{ field: 'Idempotency-Key', problem }],
  });
}

function notStored(cause: unknown): AppError {
  return new AppError({
    code: 'signal_not_stored',
    kind: 'unavailable',
    message: 'The signal could not be stored. Send it again.',
    cause,
  });
}

function tooLarge(bytes: number, max: number): AppError {
  const problem = `needs a message of ${bytes} bytes, and this NATS server takes ${max} at most (its max_payload)`;
  return new AppError({
    code: 'body_too_large_for_server',
    kind: 'too_large',
    message: `The body ${problem}: nothing was taken. Send less at once.`,
    fields: [{ field: '', problem }],
  });
}
