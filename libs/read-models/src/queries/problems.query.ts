import type { Postgres } from '@signalbox/postgres';
import type { RowOf } from '../schema/table.ts';
import { problems, type ProblemStatus } from '../schema/problem.tables.ts';

/** A problem's latest episode, and how many it had. */
export type Problem = RowOf<typeof problems> & { readonly episodes: number };

/** Newest report first; all statuses when absent. */
export async function readProblems(
  postgres: Pick<Postgres, 'query'>,
  { status, limit }: { readonly status: ProblemStatus | undefined; readonly limit: number },
): Promise<readonly Problem[]> {
  const where = status === undefined ? '' : 'WHERE status = $1';
  const found = await postgres.query<RowOf<typeof problems>>(
    `SELECT * FROM problem ${where} ORDER BY sequence DESC LIMIT ${limit}`,
    status === undefined ? [] : [status],
  );
  // One relation to a statement, as everywhere here: a switch of the views waits for none in a circle.
  const counts = await postgres.query<{ problem_id: string; n: number }>(
    `SELECT problem_id, count(*) AS n FROM problem_episode
     WHERE problem_id = ANY ($1) GROUP BY problem_id`,
    [found.map((problem) => problem.problem_id)],
  );
  const episodes = new Map(counts.map(({ problem_id, n }) => [problem_id, n]));
  return found.map((row) => ({
    ...row,
    resolved_at: row.status === 'resolved' ? row.resolved_at : null,
    episodes: episodes.get(row.problem_id) ?? 1,
  }));
}
