import type { Postgres } from '@signalbox/postgres';
import type { AuditRow } from '../schema/tables.ts';
import { toAuditEntry } from './audit-action.ts';
import { linkCauses, type CausedEntry } from './causes.ts';

/** More events than any story should have; one that has more is shown up to here. */
const STORY_EVENTS_MAX = 5_000;

export interface Story {
  /** The id of the message that began it; a signal's in most cases. */
  readonly correlationId: string;
  /** In the order in which they happened. */
  readonly events: readonly CausedEntry[];
  /** True when there are more than `STORY_EVENTS_MAX`. */
  readonly cut: boolean;
}

/** The story that `id` is part of: of a signal, execution, approval, tool call or event. */
export async function readStory(
  postgres: Pick<Postgres, 'query'>,
  id: string,
): Promise<Story | undefined> {
  const correlationId = await correlationOf(postgres, id);
  if (correlationId === undefined) return undefined;
  // A person's answer begins a story of its own, but belongs to the aggregate that was asked about.
  const rows = await postgres.query<AuditRow>(
    `SELECT * FROM audit
     WHERE correlation_id = $1
        OR aggregate_id IN (SELECT aggregate_id FROM audit WHERE correlation_id = $1
                            AND aggregate IN ('signal', 'execution', 'approval', 'toolcall'))
     ORDER BY sequence LIMIT ${STORY_EVENTS_MAX + 1}`,
    [correlationId],
  );
  return {
    correlationId,
    events: linkCauses(rows.slice(0, STORY_EVENTS_MAX).map(toAuditEntry)),
    cut: rows.length > STORY_EVENTS_MAX,
  };
}

/** The correlation id under which the aggregate that `id` leads to was begun. */
async function correlationOf(
  postgres: Pick<Postgres, 'query'>,
  id: string,
): Promise<string | undefined> {
  const [first] = await postgres.query<{ correlation_id: string }>(
    `WITH found AS (
       (SELECT aggregate_id FROM audit WHERE aggregate_id = $1 LIMIT 1)
       UNION ALL (SELECT aggregate_id FROM audit WHERE event_id = $1 LIMIT 1)
       UNION ALL (SELECT aggregate_id FROM audit WHERE correlation_id = $1 ORDER BY sequence LIMIT 1)
       LIMIT 1)
     SELECT correlation_id FROM audit
     WHERE aggregate_id = (SELECT aggregate_id FROM found)
     ORDER BY sequence LIMIT 1`,
    [id],
  );
  return first?.correlation_id;
}
