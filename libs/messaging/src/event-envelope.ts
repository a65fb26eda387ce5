import { ULID_PATTERN, type Actor, type EventRecord } from '@signalbox/kernel';
import { decodeHeaderValue, encodeHeaderValue } from './header-value.ts';
import { headerNames } from './headers.ts';

/** A message of the audit stream, however it was read. */
export interface StoredMessage {
  readonly subject: string;
  readonly sequence: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: Uint8Array;
}

/** What subject and headers say of an event. */
export interface EventEnvelope {
  readonly type: string;
  readonly schemaVersion: number;
  readonly record: EventRecord;
}

const TYPE = /^[a-z][a-z0-9_-]*(\.[a-z0-9_-]+)+$/;
const ACTOR = /^(person|service|source|agent):/;
/** As `Date.toISOString` writes it, of a year that every reader can hold. */
const TIME = /^[1-9]\d{3}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
/** As many as fit into the integers of the read models. */
const VERSION_MAX = 2 ** 31 - 1;

/**
 * The audit stream refuses to delete, so whatever anybody published there stays. What lacks one of
 * the headers that every event of ours has, or has one that we never write, is no event.
 * @returns undefined for a message that is none.
 */
export function envelopeOf(message: Omit<StoredMessage, 'payload'>): EventEnvelope | undefined {
  const { subject, sequence, headers } = message;
  const [, , aggregate = '', aggregateId = '', ...rest] = subject.split('.');
  const text = (name: string): string => decodeHeaderValue(headers[name] ?? '');
  const id = headers[headerNames.id] ?? '';
  const type = headers[headerNames.type] ?? '';
  const time = headers[headerNames.time] ?? '';
  const correlationId = text(headerNames.correlationId);
  const causationId = text(headerNames.causationId);
  const actor = text(headerNames.actor);
  const schemaVersion = wholeIn(headers[headerNames.schemaVersion]);
  const version = wholeIn(headers[headerNames.version]);
  const epoch = wholeIn(headers[headerNames.epoch]);
  const isOurs =
    rest.length === 0 &&
    headers[headerNames.specVersion] === '1.0' &&
    headers[headerNames.subject] === encodeHeaderValue(`${aggregate}/${aggregateId}`) &&
    ULID_PATTERN.test(id) &&
    TYPE.test(type) &&
    isWithin(schemaVersion, 1, VERSION_MAX) &&
    isWithin(version, 1, VERSION_MAX) &&
    isWithin(epoch, 0, Number.MAX_SAFE_INTEGER) &&
    TIME.test(time) &&
    !Number.isNaN(Date.parse(time)) &&
    correlationId !== '' &&
    causationId !== '' &&
    ACTOR.test(actor);
  if (!isOurs) return undefined;
  const traceparent = headers[headerNames.traceparent];
  const record: EventRecord = {
    id,
    aggregate,
    aggregateId,
    version,
    sequence,
    time: new Date(time),
    correlationId,
    causationId,
    actor: actor as Actor,
    epoch,
    ...(traceparent === undefined ? {} : { traceparent: decodeHeaderValue(traceparent) }),
  };
  return { type, schemaVersion, record };
}

/** NaN for what is no number as we write it. */
function wholeIn(value = ''): number {
  return /^\d+$/.test(value) ? Number(value) : Number.NaN;
}

function isWithin(value: number, min: number, max: number): boolean {
  return value >= min && value <= max;
}
