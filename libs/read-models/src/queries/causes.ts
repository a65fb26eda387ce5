import type { AuditEntry } from './audit-action.ts';

/** An event and what led to it. */
export interface CausedEntry {
  readonly entry: AuditEntry;
  /** Sequence of the event that led to this one; null for where the story begins. */
  readonly cause: number | null;
}

/** The members of an event's data by which it speaks of another aggregate. */
const REFERENCES = ['executionId', 'approvalId', 'callId'];
const NESTED = ['use', 'invocation', 'action'];

/**
 * Links each event of one story, in stream order, to the one that led to it. A cause that is an
 * event is named by its id. One that is a command is not in the audit stream, and so the link goes
 * to the event that asked for it or that it reports: the latest before on an aggregate that
 * this event names, or, for an aggregate's first event, the latest before that names the aggregate.
 */
export function linkCauses(story: readonly AuditEntry[]): readonly CausedEntry[] {
  const byEventId = new Map<string, number>();
  const lastOn = new Map<string, number>();
  const lastNaming = new Map<string, number>();
  return story.map((entry) => {
    const names = namedBy(entry).filter((id) => id !== entry.aggregate_id);
    const asked = lastOn.has(entry.aggregate_id) ? undefined : lastNaming.get(entry.aggregate_id);
    const reported = names.map((id) => lastOn.get(id) ?? -1);
    const cause =
      byEventId.get(entry.causation_id) ??
      asked ??
      latest(reported) ??
      lastOn.get(entry.aggregate_id) ??
      null;
    byEventId.set(entry.event_id, entry.sequence);
    lastOn.set(entry.aggregate_id, entry.sequence);
    for (const id of names) lastNaming.set(id, entry.sequence);
    return { entry, cause };
  });
}

function latest(sequences: readonly number[]): number | undefined {
  const last = Math.max(-1, ...sequences);
  return last < 0 ? undefined : last;
}

function namedBy(entry: AuditEntry): readonly string[] {
  const data = isRecord(entry.data) ? entry.data : {};
  return [data, ...NESTED.map((name) => data[name])]
    .filter(isRecord)
    .flatMap((part) => REFERENCES.map((name) => part[name]))
    .filter((id) => typeof id === 'string');
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
