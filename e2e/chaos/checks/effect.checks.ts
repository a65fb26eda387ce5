import { ofType, type AuditEvent } from '../../fleet/audit-log.ts';
import { storiesOf, type Check, type Evidence } from './evidence.ts';

/** Whatever the outside has counted was claimed before. */
export const effectsClaimed: Check = ({ events, effects }) => {
  const claims = new Set(ofType(events, 'toolcall.claimed').map((e) => e.data.invocation.callId));
  return [...effects.keys()]
    .filter((callId) => !claims.has(callId))
    .map((id) => ({ check: 'claim', id, says: 'took effect without a claim' }));
};

/**
 * A call that succeeded took effect exactly once, one that is parked or failed at most once, one
 * that was refused never.
 */
export const effectsOnce: Check = (evidence) =>
  perCall(evidence, 'effect', (events, id) => {
    const count = evidence.effects.get(id) ?? 0;
    const outcome = outcomeOf(events);
    // Only tools that may not be repeated are counted outside.
    if (ofType(events, 'toolcall.claimed').some((e) => e.data.repeatable)) return [];
    const { min, max } = bounds[outcome?.type ?? ''] ?? { min: 0, max: 1 };
    if (count >= min && count <= max) return [];
    return [`${outcome?.type ?? 'no outcome'}, but it took effect ${count} times`];
  });

const bounds: Readonly<Record<string, { readonly min: number; readonly max: number }>> = {
  'toolcall.succeeded': { min: 1, max: 1 },
  'toolcall.refused': { min: 0, max: 0 },
};

/** One claim and one outcome, and the run was told the same. */
export const callsSettled: Check = (evidence) => {
  const told = new Map(
    ofType(evidence.events, 'execution.tool_settled').map(({ data }) => [
      data.callId,
      data.outcome.status,
    ]),
  );
  return perCall(evidence, 'call', (events, id) => {
    const says: string[] = [];
    const claims = ofType(events, 'toolcall.claimed').length;
    if (claims > 1) says.push(`${claims} claims`);
    const outcomes = events.filter(({ type }) => outcomeTypes.has(type));
    if (outcomes.length !== 1) says.push(`${outcomes.length} outcomes`);
    const status = outcomeOf(events)?.type.split('.')[1];
    const heard = told.get(id);
    if (heard !== undefined && status !== heard) {
      says.push(`stands as ${status}, but its run was told ${heard}`);
    }
    return says;
  });
};

const outcomeTypes: ReadonlySet<string> = new Set([
  'toolcall.succeeded',
  'toolcall.failed',
  'toolcall.refused',
  'toolcall.unknown',
]);

function outcomeOf(events: readonly AuditEvent[]): AuditEvent | undefined {
  return events.find(({ type }) => outcomeTypes.has(type));
}

function perCall(
  evidence: Evidence,
  check: string,
  look: (events: readonly AuditEvent[], callId: string) => readonly string[],
) {
  return [...storiesOf(evidence, 'toolcall')].flatMap(([id, events]) =>
    look(events, id).map((says) => ({ check, id, says })),
  );
}
