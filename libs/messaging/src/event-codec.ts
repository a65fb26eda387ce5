import {
  AppError,
  upcast,
  type DomainEvent,
  type EventDefinition,
  type EventRecord,
  type RecordedEvent,
} from '@signalbox/kernel';
import { envelopeOf, type EventEnvelope, type StoredMessage } from './event-envelope.ts';
import { encodeHeaderValue } from './header-value.ts';
import { headerNames } from './headers.ts';

/** An event as headers and bytes; the subject and the guard are the store's. */
export interface EncodedEvent {
  /** Lines that each end in CRLF. */
  readonly headers: string;
  readonly payload: Uint8Array;
}

const utf8 = new TextEncoder();
const fromUtf8 = new TextDecoder('utf-8', { fatal: true });

/** Events as CloudEvents in NATS binary mode, and back into the shape they have today. */
export class EventCodec {
  readonly #definitions: ReadonlyMap<string, EventDefinition>;
  readonly #source: string;

  /** @param source names the writer: the `source` of its CloudEvents. */
  constructor(definitions: readonly EventDefinition[], source: string) {
    this.#definitions = new Map(definitions.map((d) => [d.type, d]));
    this.#source = encodeHeaderValue(source);
  }

  encode(event: DomainEvent, record: Omit<EventRecord, 'sequence'>): EncodedEvent {
    this.#assertOwn(event, record.aggregate);
    const { aggregate, aggregateId, traceparent } = record;
    const headers =
      line(headerNames.specVersion, '1.0') +
      line(headerNames.id, record.id) +
      line(headerNames.type, event.type) +
      line(headerNames.source, this.#source) +
      line(headerNames.subject, encodeHeaderValue(`${aggregate}/${aggregateId}`)) +
      line(headerNames.time, record.time.toISOString()) +
      line(headerNames.dataSchema, `urn:signalbox:event:${event.type}:${event.schemaVersion}`) +
      line(headerNames.contentType, 'application/json') +
      line(headerNames.schemaVersion, event.schemaVersion) +
      line(headerNames.version, record.version) +
      line(headerNames.correlationId, encodeHeaderValue(record.correlationId)) +
      line(headerNames.causationId, encodeHeaderValue(record.causationId)) +
      line(headerNames.actor, encodeHeaderValue(record.actor)) +
      line(headerNames.epoch, record.epoch) +
      (traceparent === undefined
        ? ''
        : line(headerNames.traceparent, encodeHeaderValue(traceparent)));
    return { headers, payload: utf8.encode(JSON.stringify(event.data)) };
  }

  /**
   * @returns undefined for a message that nobody of ours can have written.
   * @throws AppError `unavailable` with code `unknown_event_type` for a type or version that a
   * newer release wrote, `bug` with code `corrupt_event` for data that its own schema refuses.
   */
  decode(message: StoredMessage): RecordedEvent | undefined {
    const opened = this.#open(message);
    if (!opened) return undefined;
    const { type, schemaVersion, record, data } = opened;
    const definition = this.#definitions.get(type);
    if (!definition || schemaVersion > definition.schemaVersion) {
      throw new AppError({
        code: 'unknown_event_type',
        kind: 'unavailable',
        message: `event ${type} version ${schemaVersion} at ${message.sequence} is not known here`,
      });
    }
    try {
      return { ...upcast(definition, schemaVersion, data), record };
    } catch (cause) {
      throw new AppError({
        code: 'corrupt_event',
        kind: 'bug',
        message: `event ${type} at ${message.sequence} cannot be read: ${String(cause)}`,
        cause,
      });
    }
  }

  /** Whether it is an event, of a newer release perhaps; what is not, `decode` leaves out. */
  isEvent(message: StoredMessage): boolean {
    return this.#open(message) !== undefined;
  }

  #open(message: StoredMessage): (EventEnvelope & { readonly data: object }) | undefined {
    const envelope = envelopeOf(message);
    if (!envelope) return undefined;
    const definition = this.#definitions.get(envelope.type);
    if (definition && definition.aggregate !== envelope.record.aggregate) return undefined;
    const data = objectIn(message.payload);
    return data && { ...envelope, data };
  }

  /** An event that this process could not read back must not be written by it. */
  #assertOwn(event: DomainEvent, aggregate: string): void {
    const definition = this.#definitions.get(event.type);
    if (definition?.aggregate === aggregate && definition.schemaVersion === event.schemaVersion) {
      return;
    }
    throw new AppError({
      code: 'unregistered_event',
      kind: 'bug',
      message: `${event.type} version ${event.schemaVersion} is not an event of ${aggregate} here`,
    });
  }
}

function line(name: string, value: string | number): string {
  return `${name}: ${value}\r\n`;
}

function objectIn(payload: Uint8Array): object | undefined {
  try {
    const data: unknown = JSON.parse(fromUtf8.decode(payload));
    return typeof data === 'object' && data !== null ? data : undefined;
  } catch {
    return undefined;
  }
}
