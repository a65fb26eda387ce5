import { ofType, type AuditEvent } from '../fleet/audit-log.ts';
import type { Evidence } from './checks/evidence.ts';
import { isEnd } from './checks/journal.checks.ts';

/** How far a campaign is, as the audit stream says. */
export interface Progress {
  readonly decided: number;
  readonly ended: number;
  /** Runs and calls that have begun and not ended. */
  readonly open: readonly string[];
}

const callEnds: ReadonlySet<string> = new Set([
  'toolcall.succeeded',
  'toolcall.failed',
  'toolcall.refused',
  'toolcall.unknown',
]);

export function progressOf(events: readonly AuditEvent[]): Progress {
  const decisions = ofType(events, 'decision.made');
  const open = new Set<string>();
  for (const { data } of decisions) if (data.executionId) open.add(data.executionId);
  for (const { type, record } of events) {
    const { aggregateId } = record;
    if (type === 'execution.started' || type === 'toolcall.claimed') open.add(aggregateId);
  }
  const ends = events.filter(isEnd);
  for (const event of events) {
    if (isEnd(event) || callEnds.has(event.type)) open.delete(event.record.aggregateId);
  }
  return { decided: decisions.length, ended: ends.length, open: [...open] };
}

/** How many of each: `kill 3, suspend 1`. */
export function wordsOf(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([what, count]) => `${what} ${count}`)
    .join(', ');
}

/** What became of the runs and calls, in figures. */
export function summaryOf({ events, effects }: Evidence): string {
  const counts: Record<string, number> = {};
  for (const event of events) {
    if (isEnd(event) || callEnds.has(event.type))
      counts[event.type] = (counts[event.type] ?? 0) + 1;
  }
  return `${events.length} events, ${effects.size} effects: ${wordsOf(counts)}`;
}
