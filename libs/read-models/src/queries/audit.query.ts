import type { Postgres } from '@signalbox/postgres';
import type { AuditRow } from '../schema/tables.ts';
import { toAuditEntry, type AuditEntry } from './audit-action.ts';
import { LIST_MAX } from './page.ts';
import { whereAll } from './where.ts';

const AUDIT_PAGE_DEFAULT = 50;

export interface AuditFilter {
  /** The event's type: `approval.granted`. */
  readonly type?: string;
  readonly aggregate?: string;
  readonly aggregateId?: string;
  readonly correlationId?: string;
  readonly actor?: string;
  /** Events of this time and later. */
  readonly since?: Date;
  /** Entries before this sequence: `nextCursor` of the page before. */
  readonly cursor?: number;
  /** 50 when absent, 500 at most. */
  readonly limit?: number;
}

export interface AuditPage {
  /** Newest first. */
  readonly entries: readonly AuditEntry[];
  /** Absent on the last page. */
  readonly nextCursor?: number;
}

export async function readAuditPage(
  postgres: Pick<Postgres, 'query'>,
  filter: AuditFilter,
): Promise<AuditPage> {
  const limit = Math.min(filter.limit ?? AUDIT_PAGE_DEFAULT, LIST_MAX);
  const { where, values } = whereAll([
    ['type =', filter.type],
    ['aggregate =', filter.aggregate],
    ['aggregate_id =', filter.aggregateId],
    ['correlation_id =', filter.correlationId],
    ['actor =', filter.actor],
    ['time >=', filter.since],
    ['sequence <', filter.cursor],
  ]);
  const rows = await postgres.query<AuditRow>(
    `SELECT * FROM audit ${where} ORDER BY sequence DESC LIMIT ${limit}`,
    values,
  );
  const last = rows.length === limit ? rows.at(-1) : undefined;
  return { entries: rows.map(toAuditEntry), ...(last ? { nextCursor: last.sequence } : {}) };
}
