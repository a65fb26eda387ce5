import { ofType, type AuditEvent } from '../../fleet/audit-log.ts';
import { isEnd } from './journal.checks.ts';

/** A resource as its lease's events leave it. */
export interface Standing {
  readonly holder: string | undefined;
  /** Who waits, in the order in which they asked. */
  readonly line: readonly string[];
}

export function standingAfter(events: readonly AuditEvent[]): Standing {
  let holder: string | undefined;
  const line = new Set<string>();
  for (const event of events) {
    if (!isLease(event)) continue;
    const { executionId } = event.data;
    if (event.type === 'lease.requested') line.add(executionId);
    else if (event.type !== 'lease.renewed') {
      line.delete(executionId);
      if (event.type === 'lease.granted') holder = executionId;
      else if (holder === executionId) holder = undefined;
    }
  }
  return { holder, line: [...line] };
}

type LeaseEvent = Extract<AuditEvent, { type: `lease.${string}` }>;

export const isLease = (event: AuditEvent): event is LeaseEvent => event.type.startsWith('lease.');

/**
 * Whether only time takes the lease from this run: it has ended, and nobody knows what became of
 * the last call that it asked for.
 */
export function keepsLease(events: readonly AuditEvent[], executionId: string): boolean {
  const ofAggregate = (aggregate: string, id: string) =>
    events.filter(({ record }) => record.aggregate === aggregate && record.aggregateId === id);
  const run = ofAggregate('execution', executionId);
  const asked = ofType(run, 'execution.tool_requested').at(-1);
  if (!asked || !run.some(isEnd)) return false;
  const became = ofAggregate('toolcall', asked.data.use.callId).at(-1)?.type;
  return became === undefined || became === 'toolcall.unknown';
}
