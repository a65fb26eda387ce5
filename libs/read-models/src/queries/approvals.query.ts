import type { Postgres } from '@signalbox/postgres';
import type { Approval, ApprovalStatus } from '../schema/tables.ts';
import { pageOf, rowsToRead, type Page, type PageRequest } from './page.ts';

export interface ApprovalsQuery extends PageRequest {
  readonly status: ApprovalStatus;
}

/** An approval with the control epoch of the run that asked. */
export type AskedApproval = Approval & { readonly epoch: number };

/** Oldest first, as a queue for people. */
export async function readApprovals(
  postgres: Pick<Postgres, 'query'>,
  { status, ...request }: ApprovalsQuery,
): Promise<Page<AskedApproval>> {
  const found = await postgres.query<Approval>(
    `SELECT * FROM approval WHERE status = $1 AND sequence > $2
     ORDER BY sequence LIMIT ${rowsToRead(request)}`,
    [status, request.cursor ?? 0],
  );
  const { rows, ...more } = pageOf(found, request);
  // One relation to a statement, as everywhere here: a switch of the views waits for none in a circle.
  const asked = await postgres.query<{ aggregate_id: string; epoch: number }>(
    `SELECT aggregate_id, epoch FROM audit
     WHERE aggregate_id = ANY ($1) AND type = 'approval.requested'`,
    [rows.map((approval) => approval.approval_id)],
  );
  const epochs = new Map(asked.map(({ aggregate_id, epoch }) => [aggregate_id, epoch]));
  return {
    ...more,
    rows: rows.map((row) => ({ ...row, epoch: epochs.get(row.approval_id) ?? 0 })),
  };
}
