import { canonicalJson, type Json } from '@signalbox/kernel';
import type { AuditEvent } from '../fleet/audit-log.ts';
import type { Evidence, Violation } from './checks/evidence.ts';

const DATA_CHARS_MAX = 160;
const STORIES_MAX = 5;

/** What was found, and the whole story of the first few. */
export function findings(
  { events }: Evidence,
  violations: readonly Violation[],
): readonly string[] {
  const ids = [...new Set(violations.map(({ id }) => id))].filter((id) => id !== '');
  return [
    ...violations.map(({ check, id, says }) => `${check} ${id}: ${says}`),
    ...ids
      .slice(0, STORIES_MAX)
      .flatMap((id) => ['', `the story of ${id}:`, ...storyOf(events, id)]),
  ];
}

/** Everything that belongs to the same signal. */
function storyOf(events: readonly AuditEvent[], id: string): readonly string[] {
  const correlations = new Set(
    events.filter(({ record }) => record.aggregateId === id).map((e) => e.record.correlationId),
  );
  return events
    .filter(({ record }) => correlations.has(record.correlationId))
    .map((event) => lineOf(event));
}

function lineOf({ type, data, record }: AuditEvent): string {
  const { sequence, time, aggregateId, version, causationId } = record;
  const said = canonicalJson(data as Json).slice(0, DATA_CHARS_MAX);
  const place = `${aggregateId} v${version}`;
  return `  ${sequence} ${time.toISOString()} ${type} ${place} by ${causationId} ${said}`;
}
