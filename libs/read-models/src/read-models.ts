import { connectPostgres, type Postgres } from '@signalbox/postgres';
import { readAuditPage, type AuditFilter, type AuditPage } from './queries/audit.query.ts';
import { readProblems, type Problem } from './queries/problems.query.ts';
import { readStatus, type Status } from './queries/status.query.ts';
import { readStory, type Story } from './queries/why.query.ts';
import type { ProblemStatus } from './schema/problem.tables.ts';
import { PUBLIC_SCHEMA, type ReadModelOptions } from './schema/read-model.schemas.ts';
import type {
  Approval,
  ApprovalStatus,
  Execution,
  Step,
  ToolCall,
  ToolCallStatus,
} from './schema/tables.ts';

/** Most rows of one list. */
export const LIST_MAX = 500;

export interface ExecutionDetail {
  readonly execution: Execution;
  readonly steps: readonly Step[];
  readonly toolCalls: readonly ToolCall[];
}

/**
 * What operators ask. Every query throws AppError `unavailable` with the reason when Postgres
 * cannot answer, and `postgres_not_migrated` before the projector's first start.
 */
export class ReadModels {
  readonly #postgres: Pick<Postgres, 'query'>;

  constructor(postgres: Pick<Postgres, 'query'>) {
    this.#postgres = postgres;
  }

  status(): Promise<Status> {
    return readStatus(this.#postgres);
  }

  audit(filter: AuditFilter = {}): Promise<AuditPage> {
    return readAuditPage(this.#postgres, filter);
  }

  /** The causal chain around any id; undefined when nothing is known of it. */
  why(id: string): Promise<Story | undefined> {
    return readStory(this.#postgres, id);
  }

  /** Oldest first, as a queue for people; all statuses when absent. */
  approvals(status?: ApprovalStatus): Promise<readonly Approval[]> {
    return this.#list<Approval>('approval', status);
  }

  /** Oldest first; all statuses when absent. */
  toolCalls(status?: ToolCallStatus): Promise<readonly ToolCall[]> {
    return this.#list<ToolCall>('tool_call', status);
  }

  /** The one that was reported last comes first; all statuses when absent. */
  problems(status?: ProblemStatus): Promise<readonly Problem[]> {
    return readProblems(this.#postgres, { status, limit: LIST_MAX });
  }

  async execution(id: string): Promise<ExecutionDetail | undefined> {
    const [execution] = await this.#postgres.query<Execution>(
      'SELECT * FROM execution WHERE execution_id = $1',
      [id],
    );
    if (execution === undefined) return undefined;
    const steps = await this.#postgres.query<Step>(
      `SELECT * FROM step WHERE execution_id = $1
       ORDER BY step, started_at, call_id LIMIT ${LIST_MAX}`,
      [id],
    );
    const toolCalls = await this.#postgres.query<ToolCall>(
      `SELECT * FROM tool_call WHERE call_id = ANY ($1) ORDER BY sequence`,
      [steps.map((step) => step.call_id)],
    );
    return { execution, steps, toolCalls };
  }

  #list<Row>(table: 'approval' | 'tool_call', status: string | undefined): Promise<Row[]> {
    return status === undefined
      ? this.#postgres.query(`SELECT * FROM ${table} ORDER BY sequence LIMIT ${LIST_MAX}`)
      : this.#postgres.query(
          `SELECT * FROM ${table} WHERE status = $1 ORDER BY sequence LIMIT ${LIST_MAX}`,
          [status],
        );
  }
}

/** A pool on the public views; opens at the first query. */
export function connectReadModels(options: ReadModelOptions): Postgres {
  return connectPostgres({ ...options, schema: PUBLIC_SCHEMA });
}
