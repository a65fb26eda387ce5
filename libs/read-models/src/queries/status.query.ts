import { readCheckpoint, type Postgres } from '@signalbox/postgres';
import type { ExecutionStatus } from '../schema/tables.ts';
import { PROJECTION } from '../writing/read-model.writer.ts';

export interface Status {
  readonly signals: number;
  /** How many executions stand so; a status that none has is 0. */
  readonly executions: Readonly<Record<ExecutionStatus, number>>;
  readonly pendingApprovals: number;
  readonly unknownToolCalls: number;
  /** The audit sequence up to which all this is complete. */
  readonly position: number;
}

const noExecutions: Status['executions'] = {
  pending: 0,
  running: 0,
  awaiting_approval: 0,
  completed: 0,
  failed: 0,
  halted: 0,
  rejected: 0,
};

/** One relation to a statement, so that a switch of the views never waits for us in a circle. */
export async function readStatus(postgres: Pick<Postgres, 'query'>): Promise<Status> {
  const count = async (sql: string) => (await postgres.query<{ n: number }>(sql))[0]?.n ?? 0;
  // First, so that what is counted after it is not behind it.
  const position = await readCheckpoint(postgres, PROJECTION);
  const executions = await postgres.query<{ status: ExecutionStatus; n: number }>(
    'SELECT status, count(*) AS n FROM execution GROUP BY status',
  );
  return {
    signals: await count('SELECT count(*) AS n FROM signal'),
    executions: {
      ...noExecutions,
      ...Object.fromEntries(executions.map(({ status, n }) => [status, n])),
    },
    pendingApprovals: await count("SELECT count(*) AS n FROM approval WHERE status = 'pending'"),
    unknownToolCalls: await count("SELECT count(*) AS n FROM tool_call WHERE status = 'unknown'"),
    position,
  };
}
