import type { Postgres } from '@signalbox/postgres';
import type { RowOf } from '../schema/table.ts';
import { problems, type ProblemStatus } from '../schema/problem.tables.ts';
import { pageOf, rowsToRead, type Page, type PageRequest } from './page.ts';
import { whereAll } from './where.ts';

export interface ProblemsQuery extends PageRequest {
  /** All when absent. */
  readonly status?: ProblemStatus | undefined;
}

/** A problem's latest episode, and how many it had. */
export type Problem = RowOf<typeof problems> & { readonly episodes: number };

/** Newest report first: one that is reported again moves to the front. */
export async function readProblems(
  postgres: Pick<Postgres, 'query'>,
  { status, ...request }: ProblemsQuery,
): Promise<Page<Problem>> {
  const { where, values } = whereAll([
    ['status =', status],
    ['sequence <', request.cursor],
  ]);
  const read = await postgres.query<RowOf<typeof problems>>(
    `SELECT * FROM problem ${where} ORDER BY sequence DESC LIMIT ${rowsToRead(request)}`,
    values,
  );
  const { rows: found, ...more } = pageOf(read, request);
  // One relation to a statement, as everywhere here: a switch of the views waits for none in a circle.
  // What began since a problem was read is left out: its row does not tell of it.
  const counts = await postgres.query<{ problem_id: string; n: number }>(
    `SELECT problem_id, count(*) AS n
     FROM problem_episode AS episode
     JOIN unnest($1::text[], $2::bigint[]) AS shown (problem_id, sequence) USING (problem_id)
     WHERE episode.sequence <= shown.sequence
     GROUP BY problem_id`,
    [found.map((row) => row.problem_id), found.map((row) => row.sequence)],
  );
  const episodes = new Map(counts.map(({ problem_id, n }) => [problem_id, n]));
  const rows = found.map((row) => ({
    ...row,
    resolved_at: row.status === 'resolved' ? row.resolved_at : null,
    episodes: episodes.get(row.problem_id) ?? 1,
  }));
  return { ...more, rows };
}
