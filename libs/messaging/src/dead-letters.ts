import { jetstreamManager } from '@nats-io/jetstream';
import { headers as newHeaders, type MsgHdrs, type NatsConnection } from '@nats-io/nats-core';
import { AppError } from '@signalbox/kernel';
import { publishDurably } from './durable-publish.ts';
import { streams } from './subjects.ts';

/** Headers that a dead letter has beside the original ones: why it is one, and where it stood. */
export const deadLetterHeaders = {
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
  const all = withoutServers(Object.entries(source.headers));
  for (const [name, value] of Object.entries(own)) all.set(name, value);
  await publishDurably(connection, {
    subject: deadLetterSubject,
    headers: all,
    bytes: source.bytes,
    messageId: `${deadLetterSubject}:${source.stream}:${source.sequence}`,
  });
}

/**
 * Publishes a dead letter on its original subject again, as it was, then removes it. Doing it
 * twice, because it could not be removed, publishes once within the duplicate window of the
 * original's stream.
 * @throws AppError `missing` when there is no such dead letter.
 */
export async function redriveDeadLetter(
  connection: NatsConnection,
  sequence: number,
): Promise<void> {
  const manager = await jetstreamManager(connection, { checkAPI: false });
  const stored = await manager.streams.getMessage(streams.deadLetters, { seq: sequence });
  if (!stored) {
    const message = `there is no dead letter ${sequence}`;
    throw new AppError({ code: 'dead_letter_not_found', kind: 'missing', message });
  }
  await publishDurably(connection, {
    subject: stored.header.get(deadLetterHeaders.subject),
    headers: originalHeaders(stored.header),
    bytes: stored.data,
    messageId: `redrive:${sequence}`,
  });
  try {
    await manager.streams.deleteMessage(streams.deadLetters, sequence, false);
  } catch (error) {
    const left = await manager.streams.getMessage(streams.deadLetters, { seq: sequence });
    // Gone, because somebody else did the same at once.
    if (left) throw error;
  }
}

/** Those of the original among the headers of a dead letter. */
export function originalHeaders(ofLetter: MsgHdrs): MsgHdrs {
  const original = withoutServers(ofLetter.keys().map((name) => [name, ofLetter.get(name)]));
  for (const name of Object.values(deadLetterHeaders)) original.delete(name);
  return original;
}

function withoutServers(from: Iterable<readonly [name: string, value: string]>): MsgHdrs {
  const kept = newHeaders();
  for (const [name, value] of from) {
    if (!SERVER_HEADER.test(name) && CLIENT_HEADER.test(name)) kept.set(name, value);
  }
  return kept;
}

/** One line of at most `MESSAGE_BYTES_MAX` bytes. */
function asHeaderValue(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  if (Buffer.byteLength(line) <= MESSAGE_BYTES_MAX) return line;
  const cut = Buffer.from(line).subarray(0, MESSAGE_BYTES_MAX - '…'.length * 3);
  return `${cut.toString().replace(/\uFFFD+$/, '')}…`;
}
