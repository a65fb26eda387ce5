import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { SIGNAL_SCHEMA, type Signal } from '@signalbox/contracts';
import { AppError } from '@signalbox/kernel';
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

/** A signal as a message, beside the id that dedupes it. */
type Encoded = Append['messages'][number] & { readonly id: string };

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

  async publish(signals: readonly Signal[], { sameRequest }: PublishOptions): Promise<void> {
    const messages = signals.map((signal) => this.#encode(signal));
    // It goes ahead of the others, so that of a request that is another nothing is stored.
    if (sameRequest) await this.#publishFirst(signals[0], messages.shift());
    const batches: Encoded[][] = [];
    for (let i = 0; i < messages.length; i += BATCH_MESSAGES) {
      batches.push(messages.slice(i, i + BATCH_MESSAGES));
    }
    await Promise.all(batches.map((batch) => this.#publishBatch(batch)));
  }

  /** A repeat is acknowledged with the sequence of what was stored before, so that tells. */
  async #publishFirst(signal: Signal | undefined, message: Encoded | undefined): Promise<void> {
    if (!signal || !message) return;
    const outcome = await this.#commit([message]);
    const seq = sequenceOf(outcome);
    const { streams: stored } = await jetstreamManager(this.#connection, { checkAPI: false });
    const found = await stored.getMessage(streams.signals, { seq }).catch((cause: unknown) => {
      throw notStored(cause);
    });
    const { raw, source } = found?.json<Signal>() ?? signal;
    if (raw.sha256 !== signal.raw.sha256 || source !== signal.source) throw keyReused();
  }

  async #publishBatch(messages: readonly Encoded[]): Promise<void> {
    const together = await this.#commit(messages);
    if (together.status === 'stored') return;
    if (together.status === 'unknown') throw notStored(together.cause);
    // One that is stored already refuses the whole batch; alone it is recognised.
    const alone = await Promise.all(messages.map((message) => this.#commit([message])));
    alone.forEach(sequenceOf);
  }

  #commit(messages: readonly Encoded[]): ReturnType<GroupCommit['commit']> {
    const bytes = messages.reduce((sum, m) => sum + m.headers.length + m.payload.length, 0);
    // Signals need no order among each other, only one id must not be twice in a batch.
    return this.#commits.commit({ subject: messages[0]?.id ?? '', messages, bytes });
  }

  #encode(signal: Signal): Encoded {
    const { id, source, type, receivedAt } = signal;
    const headers = {
      'Nats-Msg-Id': id,
      [headerNames.specVersion]: '1.0',
      [headerNames.id]: id,
      [headerNames.type]: encodeHeaderValue(type),
      [headerNames.source]: encodeHeaderValue(source),
      [headerNames.time]: receivedAt,
      [headerNames.dataSchema]: SIGNAL_SCHEMA,
      [headerNames.contentType]: 'application/json',
      [headerNames.correlationId]: id,
      [headerNames.actor]: encodeHeaderValue(`source:${source}`),
      [headerNames.traceparent]: continueTrace(),
    };
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    return {
      id,
      subject: this.#subjectOf(asToken(source), asToken(type)),
      headers: lines.join(''),
      payload: Buffer.from(JSON.stringify(signal)),
    };
  }
}

/** @throws AppError `unavailable` when it is not known to be stored. */
function sequenceOf(outcome: Awaited<ReturnType<GroupCommit['commit']>>): number {
  if (outcome.status === 'unknown') throw notStored(outcome.cause);
  if (outcome.status === 'refused') throw notStored(outcome.reason);
  return outcome.sequence;
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
