import { jetstreamManager } from '@nats-io/jetstream';
import { headers as newHeaders, type MsgHdrs, type NatsConnection } from '@nats-io/nats-core';
import { AppError } from '@signalbox/kernel';
import { publishDurably } from './durable-publish.ts';
import { streams } from './subjects.ts';

/** Headers that a dead letter has beside the original ones: why it is one, and where it stood. */
const deadLetterHeaders = {
  code: 'signalbox-dead-code',
  message: 'signalbox-dead-message',
  service: 'signalbox-dead-service',
  stream: 'signalbox-dead-stream',
  subject: 'signalbox-dead-subject',
  sequence: 'signalbox-dead-sequence',
  /** When the original was stored, RFC 3339. */
  time: 'signalbox-dead-time',
  deliveries: 'signalbox-dead-deliveries',
} as const;

const MESSAGE_BYTES_MAX = 1024;
const LIST_MAX = 100;
/** The server acts on headers with this prefix; those of the original have been acted upon. */
const SERVER_HEADER = /^nats-/i;
/** What our client library can write; other clients may send names that it cannot. */
const CLIENT_HEADER = /^[!-9;-~]+$/;

export interface DeadMessage {
  readonly service: string;
  readonly error: Pick<AppError, 'code' | 'message'>;
  readonly source: {
    readonly stream: string;
    readonly subject: string;
    readonly sequence: number;
    readonly time: Date;
    readonly deliveries: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly bytes: Uint8Array;
  };
}

/** Resolves once it is on disk. Of one message of a stream there is one dead letter. */
export async function publishDeadLetter(
  connection: NatsConnection,
  deadLetterSubject: string,
  { service, error, source }: DeadMessage,
): Promise<void> {
  const own = {
    [deadLetterHeaders.code]: error.code,
    [deadLetterHeaders.message]: asHeaderValue(error.message),
    [deadLetterHeaders.service]: service,
    [deadLetterHeaders.stream]: source.stream,
    [deadLetterHeaders.subject]: source.subject,
    [deadLetterHeaders.sequence]: String(source.sequence),
    [deadLetterHeaders.time]: source.time.toISOString(),
    [deadLetterHeaders.deliveries]: String(source.deliveries),
  };
  const all = originalHeaders(Object.entries(source.headers));
  for (const [name, value] of Object.entries(own)) all.set(name, value);
  await publishDurably(connection, {
    subject: deadLetterSubject,
    headers: all,
    bytes: source.bytes,
    messageId: `${deadLetterSubject}:${source.stream}:${source.sequence}`,
  });
}

export interface DeadLetter {
  /** Sequence in the DLQ stream; what `redriveDeadLetter` takes. */
  readonly sequence: number;
  readonly service: string;
  readonly code: string;
  readonly message: string;
  readonly stream: string;
  readonly subject: string;
  readonly originalSequence: number;
  readonly deliveries: number;
  readonly time: Date;
  readonly bytes: Uint8Array;
}

/** The dead letters on `subject` (may have wildcards), oldest first, from a sequence on. */
export async function listDeadLetters(
  connection: NatsConnection,
  subject: string,
  { from = 1, limit = LIST_MAX }: { readonly from?: number; readonly limit?: number } = {},
): Promise<readonly DeadLetter[]> {
  const found: DeadLetter[] = [];
  for (let next = from; found.length < limit;) {
    const stored = await storedAt(connection, { seq: next, next_by_subj: subject });
    if (!stored) break;
    const of = (name: string) => stored.header.get(name);
    found.push({
      sequence: stored.seq,
      service: of(deadLetterHeaders.service),
      code: of(deadLetterHeaders.code),
      message: of(deadLetterHeaders.message),
      stream: of(deadLetterHeaders.stream),
      subject: of(deadLetterHeaders.subject),
      originalSequence: Number(of(deadLetterHeaders.sequence)),
      deliveries: Number(of(deadLetterHeaders.deliveries)),
      time: new Date(of(deadLetterHeaders.time)),
      bytes: stored.data,
    });
    next = stored.seq + 1;
  }
  return found;
}

/**
 * Publishes a dead letter on its original subject again, as it was, then removes it. Doing it
 * twice publishes once.
 * @throws AppError `missing` when there is no such dead letter.
 */
export async function redriveDeadLetter(
  connection: NatsConnection,
  sequence: number,
): Promise<void> {
  const stored = await storedAt(connection, { seq: sequence });
  if (!stored) {
    const message = `there is no dead letter ${sequence}`;
    throw new AppError({ code: 'dead_letter_not_found', kind: 'missing', message });
  }
  const names = stored.header.keys();
  const headers = originalHeaders(names.map((name) => [name, stored.header.get(name)]));
  for (const name of Object.values(deadLetterHeaders)) headers.delete(name);
  await publishDurably(connection, {
    subject: stored.header.get(deadLetterHeaders.subject),
    headers,
    bytes: stored.data,
    messageId: `redrive:${sequence}`,
  });
  const manager = await jetstreamManager(connection, { checkAPI: false });
  await manager.streams.deleteMessage(streams.deadLetters, sequence, false);
}

function originalHeaders(from: Iterable<readonly [name: string, value: string]>): MsgHdrs {
  const kept = newHeaders();
  for (const [name, value] of from) {
    if (!SERVER_HEADER.test(name) && CLIENT_HEADER.test(name)) kept.set(name, value);
  }
  return kept;
}

/** Null when there is none. */
async function storedAt(connection: NatsConnection, query: { seq: number; next_by_subj?: string }) {
  const manager = await jetstreamManager(connection, { checkAPI: false });
  return manager.streams.getMessage(streams.deadLetters, query);
}

/** One line of at most `MESSAGE_BYTES_MAX` bytes. */
function asHeaderValue(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  if (Buffer.byteLength(line) <= MESSAGE_BYTES_MAX) return line;
  const cut = Buffer.from(line).subarray(0, MESSAGE_BYTES_MAX - '…'.length * 3);
  return `${cut.toString().replace(/\uFFFD+$/, '')}…`;
}
