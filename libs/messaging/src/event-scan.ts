import { DeliverPolicy, jetstream, type Consumer, type JsMsg } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { AppError } from '@signalbox/kernel';
import { envelopeOf } from './event-envelope.ts';
import { ForeignMessages } from './foreign-messages.ts';
import { storedMessageOf } from './header-block.ts';
import { streams, subjectsOf } from './subjects.ts';

/** With all of them as large as an event may be, 125 MB are held. */
const BATCH_EVENTS_MAX = 500;
/** A batch that is not there whole after this is given up, and the scan with it. */
const BATCH_WAIT_MS = 15_000;
const LINE_FEED = 10;

export interface ScanOptions {
  readonly connection: NatsConnection;
  readonly env: string;
  /** The aggregate whose events are read. */
  readonly aggregate: string;
  /** The first and the last instant at which they were stored. */
  readonly since: Date;
  readonly until: Date;
}

/** A recorded event as it stands in the stream: not parsed, for a reader that needs few of many. */
export interface RawEvent {
  readonly type: string;
  readonly schemaVersion: number;
  readonly aggregateId: string;
  /** Its data, as JSON on one line, unless somebody forged the headers. Part of a larger buffer, so it is copied to be kept. */
  readonly json: Uint8Array;
}

export interface ScannedBatch {
  readonly events: readonly RawEvent[];
  /** How many events the scan began with, and how many of these are still to come, at most. */
  readonly total: number;
  readonly left: number;
}

/**
 * The events of an aggregate that were stored within a time, in their order. Reads the next batch
 * when it is asked for, so that its memory is bounded; leaves nothing behind at the server. Messages
 * that are no events are left out.
 * @throws AppError `unavailable` when the stream cannot be read, or does not answer within 15 s.
 */
export async function* scanEvents(options: ScanOptions): AsyncGenerator<ScannedBatch, void> {
  const consumer = await consumerFor(options).catch(unreadable);
  const foreign = new ForeignMessages();
  try {
    const { num_pending: total } = await consumer.info(true);
    for (let left = total; left > 0;) {
      const messages = await nextBatch(consumer, options.until).catch(unreadable);
      const last = messages.at(-1);
      left = last && last.time <= options.until ? last.info.pending : 0;
      yield {
        events: messages
          .filter(({ time }) => time <= options.until)
          .flatMap((message) => rawEvent(message, foreign) ?? []),
        total,
        left,
      };
    }
  } finally {
    await consumer.delete().catch(() => undefined);
  }
}

function consumerFor({ connection, env, aggregate, since }: ScanOptions): Promise<Consumer> {
  return jetstream(connection).consumers.get(streams.audit, {
    filter_subjects: [subjectsOf(env).aggregates(aggregate)],
    deliver_policy: DeliverPolicy.StartTime,
    opt_start_time: since.toISOString(),
  });
}

/** Ends with the first message after `until`, or with the last one there is. */
async function nextBatch(consumer: Consumer, until: Date): Promise<JsMsg[]> {
  const found: JsMsg[] = [];
  const messages = await consumer.fetch({ max_messages: BATCH_EVENTS_MAX, expires: BATCH_WAIT_MS });
  const late = setTimeout(
    () => messages.stop(new Error(`no batch within ${BATCH_WAIT_MS} ms`)),
    BATCH_WAIT_MS,
  );
  try {
    for await (const message of messages) {
      found.push(message);
      if (message.info.pending === 0 || message.time > until) break;
    }
    return found;
  } finally {
    clearTimeout(late);
    await messages.close();
  }
}

function rawEvent(message: JsMsg, foreign: ForeignMessages): RawEvent | undefined {
  const stored = storedMessageOf(message);
  const envelope = envelopeOf(stored);
  // We write no line feed into JSON, and whoever reads many may part them by it.
  if (!envelope || stored.payload.includes(LINE_FEED)) {
    foreign.tell(stored);
    return undefined;
  }
  const { type, schemaVersion, record } = envelope;
  return { type, schemaVersion, aggregateId: record.aggregateId, json: stored.payload };
}

function unreadable(cause: unknown): never {
  throw new AppError({
    code: 'event_scan_failed',
    kind: 'unavailable',
    message: `The recorded events cannot be read: ${String(cause)}`,
    cause,
  });
}
