import type { Postgres } from '@signalbox/postgres';
import type { Execution, ExecutionStatus } from '../schema/tables.ts';
import { pageOf, rowsToRead, type Page, type PageRequest } from './page.ts';
import { whereAll } from './where.ts';

/** What is absent is not looked at. */
export interface ExecutionsQuery extends PageRequest {
  readonly status?: ExecutionStatus | undefined;
  /** Runs of this agent only, so none of workflows. */
  readonly agent?: string | undefined;
  /** Of the signal. */
  readonly source?: string | undefined;
}

/** The one of which something happened last comes first. */
export async function readExecutions(
  postgres: Pick<Postgres, 'query'>,
  { status, agent, source, ...request }: ExecutionsQuery,
): Promise<Page<Execution>> {
  const { where, values } = whereAll([
    ['status =', status],
    ['kind =', agent === undefined ? undefined : 'agent'],
    ['target =', agent],
    ['source =', source],
    ['sequence <', request.cursor],
  ]);
  const read = await postgres.query<Execution>(
    `SELECT * FROM execution ${where} ORDER BY sequence DESC LIMIT ${rowsToRead(request)}`,
    values,
  );
  return pageOf(read, request);
}
