import type { Postgres } from '@signalbox/postgres';
import type { ToolCall, ToolCallStatus } from '../schema/tables.ts';
import { pageOf, rowsToRead, type Page, type PageRequest } from './page.ts';
import { whereAll } from './where.ts';

/** What is absent is not looked at. */
export interface ToolCallsQuery extends PageRequest {
  readonly status?: ToolCallStatus | undefined;
  readonly executionId?: string | undefined;
}

/** Oldest first, as a queue for people. */
export async function readToolCalls(
  postgres: Pick<Postgres, 'query'>,
  { status, executionId, ...request }: ToolCallsQuery,
): Promise<Page<ToolCall>> {
  const { where, values } = whereAll([
    ['status =', status],
    ['execution_id =', executionId],
    ['sequence >', request.cursor],
  ]);
  const read = await postgres.query<ToolCall>(
    `SELECT * FROM tool_call ${where} ORDER BY sequence LIMIT ${rowsToRead(request)}`,
    values,
  );
  return pageOf(read, request);
}
