import type { AuditEvent } from '../../fleet/audit-log.ts';

/** All that is known once a campaign has settled: our own log, and what others counted. */
export interface Evidence {
  /** The whole audit stream, in its order. */
  readonly events: readonly AuditEvent[];
  /** Ids of the signals that were answered with 202. */
  readonly accepted: readonly string[];
  /** How often each effect happened, by call id, as the outside counted. */
  readonly effects: ReadonlyMap<string, number>;
  /** One line each. */
  readonly deadLetters: readonly string[];
  /** Messages in the work queue. */
  readonly commandsLeft: number;
}

/** Something that may not be, and whose story tells more. */
export interface Violation {
  readonly check: string;
  /** Id of the run, call or signal; empty for the platform as a whole. */
  readonly id: string;
  readonly says: string;
}

export type Check = (evidence: Evidence) => readonly Violation[];

/** The events of each aggregate of a kind, by id. */
export function storiesOf(
  { events }: Evidence,
  aggregate: string,
): ReadonlyMap<string, readonly AuditEvent[]> {
  const own = events.filter(({ record }) => record.aggregate === aggregate);
  return Map.groupBy(own, ({ record }) => record.aggregateId);
}
