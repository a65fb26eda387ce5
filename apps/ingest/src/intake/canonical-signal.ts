import { ownSignalId, problemIdOf, type Signal } from '@signalbox/contracts';
import { digestOf, type Json } from '@signalbox/kernel';
import type { Delivery } from './delivery.ts';
import type { SignalDraft } from './signal-format.ts';

const SOURCE_LENGTH_MAX = 100;
const TYPE_LENGTH_MAX = 100;
const TITLE_LENGTH_MAX = 1000;
const SEVERITY_LENGTH_MAX = 20;
const FINGERPRINT_LENGTH_MAX = 200;
const LABEL_LENGTH_MAX = 1000;

/** What the signals of one delivery share. */
export interface Origin extends Pick<Delivery, 'receivedAt' | 'signature'> {
  readonly source: string;
  readonly raw: Signal['raw'];
}

/**
 * A draft as a signal within the contract's limits. The same fact, which is the same problem or
 * event in the same status since the same time, has the same id whenever it is said; so has an
 * event that its source names and does not date.
 */
export function canonicalSignal(draft: SignalDraft, origin: Origin): Signal {
  const { receivedAt, raw } = origin;
  const source = cut(origin.source, SOURCE_LENGTH_MAX);
  const type = cut(draft.type || 'event', TYPE_LENGTH_MAX);
  const title = cut(draft.title || type, TITLE_LENGTH_MAX);
  const { status, problem, event } = draft;
  const fingerprint = fingerprintOf(draft, { source, type, title });
  // A time alone names no fact: two things may begin at once.
  const began = problem || event ? draft.startsAt : undefined;
  const startsAt = (began ?? receivedAt).toISOString();
  const severity = draft.severity && cut(draft.severity, SEVERITY_LENGTH_MAX);
  const signal = {
    source,
    type,
    title,
    ...(severity ? { severity } : {}),
    status,
    labels: labelsOf(draft.labels ?? {}),
    fingerprint,
    ...(problem ? { problemId: problemIdOf(source, fingerprint) } : {}),
    startsAt,
    startsAtKnown: began !== undefined,
    receivedAt: receivedAt.toISOString(),
    payload: draft.payload,
    raw,
    signature: origin.signature ?? 'unsigned',
  } as const;
  // The fingerprint is the event's only where no problem has taken it.
  return { id: ownSignalId(signal, { isNamed: !problem && Boolean(event) }), ...signal };
}

function fingerprintOf({ problem, event }: SignalDraft, about: Record<string, string>): string {
  const name = problem || (event ? digestOf([about['source'], event]) : digestOf(about));
  const isFitting = name.length <= FINGERPRINT_LENGTH_MAX && name.isWellFormed();
  return isFitting ? name : digestOf(name);
}

function labelsOf(said: NonNullable<SignalDraft['labels']>): Signal['labels'] {
  return Object.fromEntries(
    Object.entries(said)
      // Everybody who reads the labels as a record drops it.
      .filter(([name, value]) => isScalar(value) && value !== '' && name !== '__proto__')
      .map(([name, value]) => [cut(name, LABEL_LENGTH_MAX), cut(String(value), LABEL_LENGTH_MAX)]),
  );
}

function isScalar(value: Json | undefined): boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

/** A cut may not leave half of a character. */
function cut(text: string, length: number): string {
  return text.slice(0, length).toWellFormed();
}
