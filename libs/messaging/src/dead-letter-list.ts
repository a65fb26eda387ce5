import { jetstreamManager, type StoredMsg } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { deadLetterHeaders, originalHeaders } from './dead-letters.ts';
import { streams } from './subjects.ts';

const LIST_MAX = 100;
/** Most sequences that are looked through at once. */
const WINDOW_MAX = 1_024;
/** The count is shown beside other things that should not wait for it. */
const COUNT_MAX_MS = 2_000;

export interface DeadLetter {
  /** Sequence in the DLQ stream; what `redriveDeadLetter` takes. */
  readonly sequence: number;
  /** When it became one. */
  readonly deadAt: Date;
  readonly service: string;
  readonly code: string;
  readonly message: string;
  /** Where the original stood. */
  readonly stream: string;
  readonly subject: string;
  readonly originalSequence: number;
  readonly deliveries: number;
  /** When the original was stored. */
  readonly time: Date;
  /** Of the original. */
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Uint8Array;
}

/** A dead letter without its body, which may be of megabytes. */
export type DeadLetterSummary = Omit<DeadLetter, 'bytes'> & { readonly size: number };

interface Range {
  /** The first sequence in question. */
  readonly from?: number;
  /** The first one that is not. */
  readonly before?: number;
  readonly limit?: number;
}

/** The dead letters on `subject` (may have wildcards), oldest first. */
export async function listDeadLetters(
  connection: NatsConnection,
  subject: string,
  { from = 1, limit = LIST_MAX }: Omit<Range, 'before'> = {},
): Promise<readonly DeadLetter[]> {
  const found: DeadLetter[] = [];
  if (limit === 0) return found;
  for await (const letter of lettersOf(connection, subject, from)) {
    found.push(letter);
    if (found.length === limit) break;
  }
  return found;
}

/** The dead letters on `subject` (may have wildcards), newest first. */
export async function newestDeadLetters(
  connection: NatsConnection,
  subject: string,
  { before = Infinity, limit = LIST_MAX }: Omit<Range, 'from'> = {},
): Promise<readonly DeadLetterSummary[]> {
  const last = await storedAt(connection, { last_by_subj: subject });
  const first = last && (await storedAt(connection, { seq: 1, next_by_subj: subject }));
  const found: DeadLetterSummary[] = [];
  if (!first) return found;
  let end = Math.min(before, last.seq + 1);
  // The server reads forwards only, so it is asked for what stands in a window before the rest.
  for (
    let width = limit;
    end > first.seq && found.length < limit;
    width = Math.min(2 * width, WINDOW_MAX)
  ) {
    const from = Math.max(first.seq, end - width);
    const window: DeadLetterSummary[] = [];
    for await (const { bytes, ...letter } of lettersOf(connection, subject, from)) {
      if (letter.sequence >= end) break;
      window.push({ ...letter, size: bytes.length });
    }
    found.push(...window.toReversed());
    end = from;
  }
  return found.slice(0, limit);
}

async function* lettersOf(
  connection: NatsConnection,
  subject: string,
  from: number,
): AsyncGenerator<DeadLetter, void> {
  for (let next = from; ;) {
    const stored = await storedAt(connection, { seq: next, next_by_subj: subject });
    if (!stored) return;
    yield letterOf(stored);
    next = stored.seq + 1;
  }
}

/** Undefined when there is none on `subject` (may have wildcards) at this sequence. */
export async function readDeadLetter(
  connection: NatsConnection,
  subject: string,
  sequence: number,
): Promise<DeadLetter | undefined> {
  const [letter] = await listDeadLetters(connection, subject, { from: sequence, limit: 1 });
  return letter?.sequence === sequence ? letter : undefined;
}

/** How many there are on `subject` (may have wildcards). */
export async function countDeadLetters(
  connection: NatsConnection,
  subject: string,
): Promise<number> {
  const manager = await jetstreamManager(connection, { checkAPI: false, timeout: COUNT_MAX_MS });
  const { state } = await manager.streams.info(streams.deadLetters, { subjects_filter: subject });
  return Object.values(state.subjects ?? {}).reduce((sum, count) => sum + count, 0);
}

/** Which message a dead letter was, by its headers (lower-case names). */
export function deadLetterOrigin(headers: Readonly<Record<string, string>>): {
  readonly stream: string;
  readonly sequence: number;
} {
  return {
    stream: headers[deadLetterHeaders.stream] ?? '',
    sequence: Number(headers[deadLetterHeaders.sequence]),
  };
}

function letterOf({ seq, time, header, data }: StoredMsg): DeadLetter {
  const own = (name: keyof typeof deadLetterHeaders) => header.get(deadLetterHeaders[name]);
  const original = originalHeaders(header);
  return {
    sequence: seq,
    deadAt: time,
    service: own('service'),
    code: own('code'),
    message: own('message'),
    stream: own('stream'),
    subject: own('subject'),
    originalSequence: Number(own('sequence')),
    deliveries: Number(own('deliveries')),
    time: new Date(own('time')),
    headers: Object.fromEntries(original.keys().map((name) => [name, original.get(name)])),
    bytes: data,
  };
}

/** Null when there is none. */
async function storedAt(
  connection: NatsConnection,
  query: { seq: number; next_by_subj?: string } | { last_by_subj: string },
): Promise<StoredMsg | null> {
  const manager = await jetstreamManager(connection, { checkAPI: false });
  return manager.streams.getMessage(streams.deadLetters, query);
}
