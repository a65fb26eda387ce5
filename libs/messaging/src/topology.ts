import {
  DiscardPolicy,
  RetentionPolicy,
  StorageType,
  StoreCompression,
  type StreamConfig,
} from '@nats-io/jetstream';
import { nanos } from '@nats-io/nats-core';
import { COUNTED_MS } from './recent-counts.port.ts';
import { streams } from './subjects.ts';

/** Largest event, headers included. Greater payloads belong into the object store. */
export const EVENT_BYTES_MAX = 256 * 1024;
/**
 * Largest message on SIGNALS: the first of a delivery carries the request's body, up to 1 MiB, as
 * a JSON text, in which every quote is escaped.
 */
const SIGNAL_MESSAGE_BYTES_MAX = 4 * 1024 * 1024;

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

const SIGNAL_AGE_MAX_MS = 30 * DAY_MS;
/**
 * A source that got no answer sends again within minutes. The server holds each id of the window
 * in memory, 210 bytes measured: at 100 signals a second that is 150 MB for two hours and 1.8 GB
 * for a day. A repeat that comes later has to meet the guard of the signal's own aggregate.
 */
const SIGNAL_DEDUPE_MS = 2 * 60 * MINUTE_MS;
/** Commands are sent again while what caused them is redelivered, which takes minutes. */
const COMMAND_DEDUPE_MS = 10 * MINUTE_MS;
const DEAD_LETTER_AGE_MAX_MS = 90 * DAY_MS;
/** A consumer that was killed before it ended a dead message meets it again when it is back. */
const DEAD_LETTER_DEDUPE_MS = DAY_MS;
const ADVISORY_AGE_MAX_MS = 7 * DAY_MS;
/**
 * A flood from ever new addresses must not fill the server's memory: room for some 750 000 counts in
 * a minute, for which the server takes 400 MB. Beyond that the oldest are forgotten early.
 */
const RATES_BYTES_MAX = 64 * 1024 * 1024;
const RATE_MESSAGE_BYTES_MAX = 1024;

/** The object store of `BlobStore`; its stream is named and shaped as ADR-20 of NATS has it. */
export const BLOB_BUCKET = 'blobs';

export type StreamSettings = Partial<StreamConfig> & { readonly name: string };

const onDisk = {
  storage: StorageType.File,
  retention: RetentionPolicy.Limits,
  discard: DiscardPolicy.New,
  allow_direct: true,
  // A server killed at the wrong moment goes on writing behind a compressed end (ADR 17).
  compression: StoreCompression.None,
} satisfies Partial<StreamConfig>;

/** Of what replicas count together. */
export const ratesStream: StreamSettings = {
  name: streams.rates,
  description: 'What replicas count together, a minute long; it may be lost.',
  subjects: ['rate.*.*.*'],
  storage: StorageType.Memory,
  retention: RetentionPolicy.Limits,
  // The server allows counters with no other.
  discard: DiscardPolicy.Old,
  allow_msg_counter: true,
  allow_direct: true,
  max_age: nanos(COUNTED_MS),
  max_bytes: RATES_BYTES_MAX,
  max_msg_size: RATE_MESSAGE_BYTES_MAX,
};

/** Every stream there is. A setting that is not named has the server's default. */
export const topology: readonly StreamSettings[] = [
  {
    ...onDisk,
    name: streams.audit,
    description: 'What happened: the source of truth, never evicted.',
    subjects: ['audit.*.*.*'],
    allow_atomic: true,
    deny_delete: true,
    deny_purge: true,
    max_msg_size: EVENT_BYTES_MAX,
  },
  {
    ...onDisk,
    name: streams.signals,
    description: 'What came in from outside.',
    subjects: ['signals.*.*.>'],
    allow_atomic: true,
    max_age: nanos(SIGNAL_AGE_MAX_MS),
    max_msg_size: SIGNAL_MESSAGE_BYTES_MAX,
    duplicate_window: nanos(SIGNAL_DEDUPE_MS),
  },
  {
    ...onDisk,
    name: streams.commands,
    description: 'What a service is asked to do; gone once it is done.',
    subjects: ['cmd.*.*.*'],
    retention: RetentionPolicy.Workqueue,
    allow_atomic: true,
    max_msg_size: EVENT_BYTES_MAX,
    duplicate_window: nanos(COMMAND_DEDUPE_MS),
  },
  {
    ...onDisk,
    name: streams.timers,
    description: 'Commands for later. Apart, because schedules silently clear deny_purge.',
    subjects: ['timer.sched.>', 'timer.fired.>'],
    // The server allows schedules with no other; with no limit set there is nothing to discard.
    discard: DiscardPolicy.Old,
    allow_msg_schedules: true,
    allow_msg_ttl: true,
    max_msg_size: EVENT_BYTES_MAX,
  },
  {
    ...onDisk,
    name: streams.deadLetters,
    description: 'What could not be processed, with the reason.',
    subjects: ['dlq.*.*'],
    max_age: nanos(DEAD_LETTER_AGE_MAX_MS),
    duplicate_window: nanos(DEAD_LETTER_DEDUPE_MS),
  },
  {
    ...onDisk,
    name: streams.advisories,
    description: "The server's notices of messages that were delivered too often.",
    subjects: ['$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.>'],
    max_age: nanos(ADVISORY_AGE_MAX_MS),
  },
  {
    ...onDisk,
    name: streams.blobs,
    description: 'Payloads that are too large for an event, which refers to them.',
    subjects: [`$O.${BLOB_BUCKET}.C.>`, `$O.${BLOB_BUCKET}.M.>`],
    allow_rollup_hdrs: true,
  },
  ratesStream,
];
