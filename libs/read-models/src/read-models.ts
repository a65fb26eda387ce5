import { connectPostgres, readCheckpoint, type Postgres } from '@signalbox/postgres';
import { readAuditPage, type AuditFilter, type AuditPage } from './queries/audit.query.ts';
import {
  readApprovals,
  type ApprovalsQuery,
  type AskedApproval,
} from './queries/approvals.query.ts';
import { readExecutions, type ExecutionsQuery } from './queries/executions.query.ts';
import type { Page } from './queries/page.ts';
import { readProblems, type Problem, type ProblemsQuery } from './queries/problems.query.ts';
import { readStatus, type Status } from './queries/status.query.ts';
import { readToolCalls, type ToolCallsQuery } from './queries/tool-calls.query.ts';
import { readStory, type Story } from './queries/why.query.ts';
import { PUBLIC_SCHEMA, type ReadModelOptions } from './schema/read-model.schemas.ts';
import type { Execution, ToolCall } from './schema/tables.ts';
import { PROJECTION } from './writing/read-model.writer.ts';

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

  /** Oldest first, as a queue for people. */
  toolCalls(query: ToolCallsQuery = {}): Promise<Page<ToolCall>> {
    return readToolCalls(this.#postgres, query);
  }

  /** The one of which something happened last comes first. */
  executions(query: ExecutionsQuery = {}): Promise<Page<Execution>> {
    return readExecutions(this.#postgres, query);
  }

  /** The one that was reported last comes first. */
  problems(query: ProblemsQuery = {}): Promise<Page<Problem>> {
    return readProblems(this.#postgres, query);
  }
}

/** A pool on the public views; opens at the first query. */
export function connectReadModels(options: ReadModelOptions): Postgres {
  return connectPostgres({ ...options, schema: PUBLIC_SCHEMA });
}
