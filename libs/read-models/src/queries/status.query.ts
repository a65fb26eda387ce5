import type { Postgres } from '@signalbox/postgres';
import type { ExecutionStatus } from '../schema/tables.ts';

export interface Status {
  readonly signals: number;
  /** How many executions stand so; a status that none has is 0. */
  readonly executions: Readonly<Record<ExecutionStatus, number>>;
  readonly pendingApprovals: number;
  readonly unknownToolCalls: number;
  readonly projector: {
    /** The audit sequence up to which all this is complete. */
    readonly position: number;
    /** When the event at that place was appended; null before the first. */
    readonly time: Date | null;
  };
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
  const executions = await postgres.query<{ status: ExecutionStatus; n: number }>(
    'SELECT status, count(*) AS n FROM execution GROUP BY status',
  );
  const [last] = await postgres.query<{ sequence: number; time: Date }>(
    'SELECT sequence, time FROM audit ORDER BY sequence DESC LIMIT 1',
  );
  return {
    signals: await count('SELECT count(*) AS n FROM signal'),
    executions: {
      ...noExecutions,
      ...Object.fromEntries(executions.map(({ status, n }) => [status, n])),
    },
    pendingApprovals: await count("SELECT count(*) AS n FROM approval WHERE status = 'pending'"),
    unknownToolCalls: await count("SELECT count(*) AS n FROM tool_call WHERE status = 'unknown'"),
    projector: { position: last?.sequence ?? 0, time: last?.time ?? null },
  };
}
