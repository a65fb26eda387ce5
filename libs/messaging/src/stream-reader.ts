import type { NatsConnection } from '@nats-io/nats-core';
import { AppError } from '@signalbox/kernel';
import { ask } from './ask.ts';
import type { StoredMessage } from './event-envelope.ts';
import { headersOfDirect, parseHeaderBlock } from './header-block.ts';

const READ_WAIT_MS = 5_000;
const READ_BATCH_MESSAGES = 1_000;

const END_OF_BATCH = 204;
const NOTHING_THERE = 404;
/** `err_code` of the server when no message fits the request. */
const NO_MESSAGE_FOUND = 10_037;

/**
 * Every message of a literal subject with a sequence over `after`. Any replica answers, and one
 * that lags may leave out the newest.
 */
export async function readSubject(
  connection: NatsConnection,
  stream: string,
  subject: string,
  after: number,
): Promise<StoredMessage[]> {
  const found: StoredMessage[] = [];
  for (let from = after + 1; ; from = (found.at(-1)?.sequence ?? after) + 1) {
    const query = { next_by_subj: subject, seq: from, batch: READ_BATCH_MESSAGES };
    const pending = await readBatch(connection, stream, query, found);
    if (pending === 0) return found;
  }
}

/** Adds what answers `query` to `found`, and tells how many more there are, at least. */
async function readBatch(
  connection: NatsConnection,
  stream: string,
  query: object,
  found: StoredMessage[],
): Promise<number> {
  const answers = await connection
    .requestMany(`$JS.API.DIRECT.GET.${stream}`, JSON.stringify(query), {
      strategy: 'sentinel',
      maxWait: READ_WAIT_MS,
    })
    .catch(readFailed);
  const before = found.length;
  try {
    for await (const answer of answers) {
      const headers = headersOfDirect(answer);
      const pending = Number(headers['Nats-Num-Pending'] ?? 0);
      // A message has its sequence, and may have a status of its publisher's.
      if (headers['Nats-Sequence'] === undefined) {
        const code = answer.headers?.code ?? 0;
        if (code === NOTHING_THERE) return 0;
        return code === END_OF_BATCH ? pending : readFailed(answer.headers?.description);
      }
      found.push(directMessage(headers, answer.data));
      // The library takes a message without a body for the end, and any stranger may publish one.
      if (answer.data.length === 0) return pending;
    }
  } catch (error) {
    return readFailed(error);
  }
  // The server is slow, or was this process: what came in time counts, and the rest is asked for.
  if (found.length > before) return 1;
  return readFailed(`no end of the answer in ${READ_WAIT_MS} ms`);
}

/**
 * The leader's word on one message: the last of a subject (which may have wildcards), the next
 * one at or after a sequence or a time, or the one at it. Sees every acknowledged message.
 * @returns undefined when there is none.
 */
export async function readFromLeader(
  connection: NatsConnection,
  stream: string,
  query:
    | { last_by_subj: string }
    | { next_by_subj: string; seq: number }
    | { next_by_subj: string; start_time: Date }
    | { seq: number },
): Promise<(StoredMessage & { readonly time: Date }) | undefined> {
  const api = `$JS.API.STREAM.MSG.GET.${stream}`;
  const options = { timeoutMs: READ_WAIT_MS };
  const answer = await ask(connection, api, JSON.stringify(query), options).catch(readFailed);
  const { message, error } = answer.json<LeaderAnswer>();
  if (error?.err_code === NO_MESSAGE_FOUND) return undefined;
  if (!message) return readFailed(error?.description);
  return {
    subject: message.subject,
    sequence: message.seq,
    time: new Date(message.time),
    headers: parseHeaderBlock(Buffer.from(message.hdrs ?? '', 'base64')),
    payload: Buffer.from(message.data ?? '', 'base64'),
  };
}

/** The sequence of the last message of these subjects, by the leader's word; 0 for none. */
export async function lastOf(
  connection: NatsConnection,
  stream: string,
  subjects: readonly string[],
): Promise<number> {
  const lasts = await Promise.all(
    subjects.map((subject) => readFromLeader(connection, stream, { last_by_subj: subject })),
  );
  return Math.max(0, ...lasts.map((message) => message?.sequence ?? 0));
}

/**
 * The sequence before the first message of these subjects that was stored at `time` or later, by
 * the leader's word; infinite when there is none.
 */
async function lastBefore(
  connection: NatsConnection,
  stream: string,
  subjects: readonly string[],
  time: Date,
): Promise<number> {
  const firsts = await Promise.all(
    subjects.map((next_by_subj) =>
      readFromLeader(connection, stream, { next_by_subj, start_time: time }),
    ),
  );
  return Math.min(...firsts.map((message) => (message?.sequence ?? Infinity) - 1));
}

/**
 * The sequence behind which a follower begins that asked for `after`: a sequence, what was stored
 * at a time or later, or what is yet to come.
 */
export async function positionOf(
  connection: NatsConnection,
  stream: string,
  subjects: readonly string[],
  after: number | 'end' | Date,
): Promise<number> {
  if (typeof after === 'number') return after;
  // Asked first: what comes between the two answers is followed, not left out.
  const tail = await lastOf(connection, stream, subjects);
  if (after === 'end') return tail;
  return Math.min(tail, await lastBefore(connection, stream, subjects, after));
}

/** Messages that somebody has not come to. */
export interface Behind {
  readonly count: number;
  /** When the first of them was stored; undefined when there is none. */
  readonly since: Date | undefined;
}

/**
 * The messages of a stream on `subject` (may have wildcards) with a sequence over `after`, by the
 * word of any replica.
 * https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-31.md
 * @throws AppError `unavailable`
 */
export async function countBehind(
  connection: NatsConnection,
  stream: string,
  subject: string,
  after: number,
): Promise<Behind> {
  const query = { next_by_subj: subject, seq: after + 1, batch: 1 };
  const api = `$JS.API.DIRECT.GET.${stream}`;
  const options = { timeoutMs: READ_WAIT_MS };
  const answer = await ask(connection, api, JSON.stringify(query), options).catch(readFailed);
  const { 'Nats-Num-Pending': pending, 'Nats-Time-Stamp': time } = headersOfDirect(answer);
  if (time !== undefined) return { count: Number(pending) + 1, since: new Date(time) };
  if (answer.headers?.code === NOTHING_THERE) return { count: 0, since: undefined };
  return readFailed(answer.headers?.description);
}

interface LeaderAnswer {
  readonly message?: {
    readonly subject: string;
    readonly seq: number;
    readonly time: string;
    readonly hdrs?: string;
    readonly data?: string;
  };
  readonly error?: { readonly err_code: number; readonly description: string };
}

function directMessage(headers: Record<string, string>, payload: Uint8Array): StoredMessage {
  const { 'Nats-Subject': subject = '', 'Nats-Sequence': sequence } = headers;
  return { subject, sequence: Number(sequence), headers, payload };
}

function readFailed(cause: unknown): never {
  throw new AppError({
    code: 'event_store_unavailable',
    kind: 'unavailable',
    message: `The event store did not answer a read: ${String(cause)}`,
    cause,
  });
}
