import type { Msg, NatsConnection } from '@nats-io/nats-core';
import { AppError } from '@signalbox/kernel';
import type { StoredMessage } from './event-codec.ts';
import { headersOf, parseHeaderBlock } from './header-block.ts';

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

/** Adds what answers `query` to `found`, and tells how many more there are. */
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
  try {
    for await (const answer of answers) {
      const code = answer.headers?.code ?? 0;
      if (code === NOTHING_THERE) return 0;
      if (code === END_OF_BATCH) return Number(answer.headers?.get('Nats-Num-Pending') ?? 0);
      if (code !== 0) return readFailed(answer.headers?.description);
      found.push(directMessage(answer));
    }
  } catch (error) {
    return readFailed(error);
  }
  return readFailed(`no end of the answer in ${READ_WAIT_MS} ms`);
}

/**
 * The leader's word on one message: the last of a subject (which may have wildcards), the next
 * one at or after a sequence, or the one at it. Sees every acknowledged message.
 * @returns undefined when there is none.
 */
export async function readFromLeader(
  connection: NatsConnection,
  stream: string,
  query: { last_by_subj: string } | { next_by_subj: string; seq: number } | { seq: number },
): Promise<(StoredMessage & { readonly time: Date }) | undefined> {
  const answer = await connection
    .request(`$JS.API.STREAM.MSG.GET.${stream}`, JSON.stringify(query), { timeout: READ_WAIT_MS })
    .catch(readFailed);
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

function directMessage(answer: Msg): StoredMessage {
  const headers = headersOf(answer);
  return {
    subject: headers['Nats-Subject'] ?? '',
    sequence: Number(headers['Nats-Sequence']),
    headers,
    payload: answer.data,
  };
}

function readFailed(cause: unknown): never {
  throw new AppError({
    code: 'event_store_unavailable',
    kind: 'unavailable',
    message: `The event store did not answer a read: ${String(cause)}`,
    cause,
  });
}
