import { connectPostgres, readCheckpoint, type Postgres } from '@signalbox/postgres';
import { readAuditPage, type AuditFilter, type AuditPage } from './queries/audit.query.ts';
import {
  readApprovals,
  type ApprovalsQuery,
  type AskedApproval,
} from './queries/approvals.query.ts';
import { LIST_MAX, type Page } from './queries/page.ts';
import { readProblems, type Problem, type ProblemsQuery } from './queries/problems.query.ts';
import { readStatus, type Status } from './queries/status.query.ts';
import { readStory, type Story } from './queries/why.query.ts';
import { PUBLIC_SCHEMA, type ReadModelOptions } from './schema/read-model.schemas.ts';
import type { Execution, Step, ToolCall, ToolCallStatus } from './schema/tables.ts';
import { PROJECTION } from './writing/read-model.writer.ts';

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

  /** The audit sequence up to which they are complete. */
  position(): Promise<number> {
    return readCheckpoint(this.#postgres, PROJECTION);
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

  /** Oldest first, as a queue for people. */
  approvals(query: ApprovalsQuery): Promise<Page<AskedApproval>> {
    return readApprovals(this.#postgres, query);
  }

  /** Oldest first; all statuses when absent. */
  toolCalls(status?: ToolCallStatus): Promise<readonly ToolCall[]> {
    return status === undefined
      ? this.#postgres.query(`SELECT * FROM tool_call ORDER BY sequence LIMIT ${LIST_MAX}`)
      : this.#postgres.query(
          `SELECT * FROM tool_call WHERE status = $1 ORDER BY sequence LIMIT ${LIST_MAX}`,
          [status],
        );
  }

  /** The one that was reported last comes first. */
  problems(query: ProblemsQuery = {}): Promise<Page<Problem>> {
    return readProblems(this.#postgres, query);
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
}

/** A pool on the public views; opens at the first query. */
export function connectReadModels(options: ReadModelOptions): Postgres {
  return connectPostgres({ ...options, schema: PUBLIC_SCHEMA });
}
