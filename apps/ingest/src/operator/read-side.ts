import { AppError } from '@signalbox/kernel';
import type { Postgres } from '@signalbox/postgres';
import {
  connectReadModels,
  ReadModels,
  type AuditFilter,
  type Execution,
  type ExecutionsQuery,
  type Page,
  type PageRequest,
  type ProblemsQuery,
  type Status,
  type ToolCall,
  type ToolCallsQuery,
} from '@signalbox/read-models';
import type { OnModuleDestroy } from '@nestjs/common';
import {
  approvalAnswer,
  auditAnswer,
  chainAnswer,
  problemAnswer,
  type ApprovalAnswer,
  type AuditAnswer,
  type ChainAnswer,
  type ProblemAnswer,
} from './answers.ts';

export interface AuditPage {
  readonly entries: readonly AuditAnswer[];
  readonly nextCursor: number | undefined;
}

/**
 * What operators ask, in the words of the API.
 * Every query throws AppError `unavailable` with the reason while Postgres cannot answer.
 */
export class ReadSide implements OnModuleDestroy {
  readonly #postgres: Postgres | undefined;

  constructor(databaseUrl: string | undefined) {
    this.#postgres =
      databaseUrl === undefined
        ? undefined
        : connectReadModels({ url: databaseUrl, applicationName: 'signalbox/ingest' });
  }

  async onModuleDestroy(): Promise<void> {
    await this.#postgres?.close();
  }

  async status(): Promise<Status> {
    return this.#models().status();
  }

  /** The audit sequence up to which the read models are complete. */
  async position(): Promise<number> {
    return this.#models().position();
  }

  /** `epoch`: the control epoch as it is now. */
  async pendingApprovals(page: PageRequest, epoch: number): Promise<Page<ApprovalAnswer>> {
    const { rows, ...more } = await this.#models().approvals({ ...page, status: 'pending' });
    return { ...more, rows: rows.map((approval) => approvalAnswer(approval, epoch)) };
  }

  async audit(filter: AuditFilter): Promise<AuditPage> {
    const { entries, nextCursor } = await this.#models().audit(filter);
    return { entries: entries.map(auditAnswer), nextCursor };
  }

  /** @throws AppError `missing` when nothing is known of the id. */
  async why(id: string): Promise<ChainAnswer> {
    const story = await this.#models().why(id);
    if (!story) throw unknownId(id);
    return chainAnswer(id, story);
  }

  async problems(query: ProblemsQuery): Promise<Page<ProblemAnswer>> {
    const { rows, ...more } = await this.#models().problems(query);
    return { ...more, rows: rows.map(problemAnswer) };
  }

  async executions(query: ExecutionsQuery): Promise<Page<Execution>> {
    return this.#models().executions(query);
  }

  async toolCalls(query: ToolCallsQuery): Promise<Page<ToolCall>> {
    return this.#models().toolCalls(query);
  }

  #models(): ReadModels {
    if (this.#postgres) return new ReadModels(this.#postgres);
    throw new AppError({
      code: 'database_not_configured',
      kind: 'unavailable',
      message: 'SIGNALBOX_DATABASE_URL is not configured, so nothing can be asked.',
    });
  }
}

function unknownId(id: string): AppError {
  return new AppError({
    code: 'id_not_found',
    kind: 'missing',
    message: `Nothing is known of id ${id}. What was accepted just now may take a moment.`,
  });
}
