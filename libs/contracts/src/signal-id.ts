import { deriveId, idAt, timelessId, ULID_PATTERN } from '@signalbox/kernel';
import { instant } from './shared.schemas.ts';
import { type Signal, SIGNAL_SCHEMA } from './signal.contract.ts';

/** A message of the stream SIGNALS, with lower-case names of headers. */
export interface SignalMessage {
  readonly stream: string;
  readonly subject: string;
  readonly sequence: number;
  /** When the server stored it. */
  readonly time: Date;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Uint8Array;
}

/** What names a CloudEvent: no two have the same of both. */
interface EventName {
  readonly id: unknown;
  readonly source: unknown;
  readonly time: unknown;
}

const fromUtf8 = new TextDecoder();

/**
 * The id of the signal in a message of SIGNALS, readable or not, so that everybody who reads the
 * stream gives it the same: ours is told by a header, a CloudEvent's follows from what names it
 * (the same event sent again is the same signal), any other's from where and when it was stored.
 */
export function signalIdOf(message: SignalMessage): string {
  const { headers, subject, time, stream, sequence } = message;
  const ownId = ownIdIn(headers);
  if (ownId !== undefined) return ownId;
  const event = isBinaryEvent(headers) ? binaryEvent(headers) : structuredEvent(message.bytes);
  if (typeof event?.id !== 'string' || typeof event.source !== 'string') {
    return idAt(time, stream, sequence);
  }
  // With the source that the subject names: nobody else can take an event's id before it comes.
  const [, , publisher = ''] = subject.split('.');
  const parts = ['cloudevent', publisher, event.source, event.id];
  const at = timeOf(event);
  // One that says no time must have the same id when it comes again.
  return at === undefined ? timelessId(...parts) : idAt(at, ...parts);
}

/** False when `signalIdOf` has to look into the body. */
export function isSignalIdInHeaders(headers: SignalMessage['headers']): boolean {
  return ownIdIn(headers) !== undefined || isBinaryEvent(headers);
}

function ownIdIn(headers: SignalMessage['headers']): string | undefined {
  const id = headers['ce-dataschema'] === SIGNAL_SCHEMA ? headers['ce-id'] : undefined;
  return id !== undefined && ULID_PATTERN.test(id) ? id : undefined;
}

/**
 * The id that a signal of our own intake has: a fact that the source dates has the same one however
 * often it is said, and so has an event that it only names (`isNamed`: its fingerprint is of that
 * name); anything else has its place in its delivery. The source is part of it, so that nobody takes
 * the id of another's signal.
 */
export function ownSignalId(signal: Omit<Signal, 'id'>, { isNamed = false } = {}): string {
  const { source, fingerprint, status, startsAt, startsAtKnown, raw } = signal;
  if (startsAtKnown) return idAt(new Date(startsAt), source, fingerprint, status, startsAt);
  if (isNamed) return timelessId('event', source, fingerprint);
  return deriveId(raw.deliveryId, source, raw.index);
}

/** Undefined where it says none, or one that an id cannot have: before 1970. */
function timeOf({ time }: EventName): Date | undefined {
  const { data: said } = instant.safeParse(time);
  const at = said === undefined ? undefined : new Date(said);
  return at !== undefined && at.getTime() > 0 ? at : undefined;
}

/** https://github.com/cloudevents/spec/blob/main/cloudevents/bindings/nats-protocol-binding.md */
function isBinaryEvent(headers: SignalMessage['headers']): boolean {
  return headers['ce-specversion'] !== undefined;
}

function binaryEvent(headers: SignalMessage['headers']): EventName {
  return { id: headers['ce-id'], source: headers['ce-source'], time: headers['ce-time'] };
}

/** One member of the body is the data, whatever content type was said. */
function structuredEvent(bytes: Uint8Array): EventName | undefined {
  try {
    const body = JSON.parse(fromUtf8.decode(bytes)) as
      (EventName & { specversion: unknown }) | null;
    return body?.specversion === '1.0' ? body : undefined;
  } catch {
    return undefined;
  }
}
