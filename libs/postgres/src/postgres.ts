import { AppError } from '@signalbox/kernel';
import { DataSource, type EntityManager, type MigrationInterface, type QueryRunner } from 'typeorm';
import { asPostgresError } from './postgres.failures.ts';

export interface PostgresOptions {
  /** `postgres://user:password@host:port/database` */
  readonly url: string;
  /** Where unqualified names are looked up. */
  readonly schema: string;
  /** Shown by Postgres beside our connections. */
  readonly applicationName: string;
  /** Most connections at once; 4 when absent. */
  readonly poolMax?: number;
  /** 3 s when absent. */
  readonly connectTimeoutMs?: number;
  /** 10 s when absent. */
  readonly statementTimeoutMs?: number;
  /**
   * Commit without waiting for the disk: a crash of the server may lose the last transactions,
   * though never a part of one. For what can be derived again.
   */
  readonly asynchronousCommit?: boolean;
  /** What `migrate` applies. */
  readonly migrations?: readonly (new () => MigrationInterface)[];
}

/** How much longer than the server we wait for an answer before we take the connection for dead. */
const ANSWER_GRACE_MS = 2_000;

/**
 * A pool of connections that opens at its first use and again after a failure, so a service
 * starts without Postgres and recovers by itself.
 */
export class Postgres {
  readonly schema: string;
  readonly #dataSource: DataSource;
  #opening: Promise<DataSource> | undefined;

  constructor(options: PostgresOptions) {
    this.schema = options.schema;
    this.#dataSource = new DataSource(dataSourceOptions(options));
  }

  /**
   * The rows of one statement that reads.
   * @throws AppError `unavailable`, `postgres_<failure>`.
   */
  query<Row>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    return this.#run((runner) => runner.query(sql, [...parameters]) as Promise<Row[]>);
  }

  /**
   * All that `work` does through its manager, or nothing.
   * @throws AppError `unavailable`, `postgres_<failure>`; what `work` throws.
   */
  transaction<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.#run((runner) => runner.manager.transaction(work));
  }

  async close(): Promise<void> {
    await this.#opening?.catch(() => undefined);
    if (this.#dataSource.isInitialized) await this.#dataSource.destroy();
  }

  async #run<T>(work: (runner: QueryRunner) => Promise<T>): Promise<T> {
    let runner: QueryRunner | undefined;
    try {
      runner = (await this.#open()).createQueryRunner();
      return await work(runner);
    } catch (thrown) {
      const error = asPostgresError(thrown);
      const silent = error instanceof AppError && error.code === 'postgres_timeout';
      if (runner && silent) await abandon(runner);
      throw error;
    } finally {
      await runner?.release();
    }
  }

  #open(): Promise<DataSource> {
    this.#opening ??= this.#dataSource.initialize().catch((error: unknown) => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }
}

export function connectPostgres(options: PostgresOptions): Postgres {
  return new Postgres(options);
}

function dataSourceOptions(options: PostgresOptions): ConstructorParameters<typeof DataSource>[0] {
  const { statementTimeoutMs = 10_000, asynchronousCommit = false } = options;
  return {
    type: 'postgres',
    url: options.url,
    schema: options.schema,
    applicationName: options.applicationName,
    poolSize: options.poolMax ?? 4,
    connectTimeoutMS: options.connectTimeoutMs ?? 3_000,
    parseInt8: true,
    installExtensions: false,
    logging: false,
    // An idle connection that breaks is replaced by the pool; the next query tells if it cannot be.
    poolErrorHandler: () => undefined,
    migrations: [...(options.migrations ?? [])],
    migrationsTableName: 'migration',
    extra: {
      keepAlive: true,
      statement_timeout: statementTimeoutMs,
      query_timeout: statementTimeoutMs + ANSWER_GRACE_MS,
      options: [
        `-c search_path=${options.schema}`,
        `-c synchronous_commit=${asynchronousCommit ? 'off' : 'on'}`,
      ].join(' '),
    },
  };
}

/** A connection on which the server fell silent must not go back to the pool. */
async function abandon(runner: QueryRunner): Promise<void> {
  if (runner.isReleased) return;
  const connection = (await runner.connect()) as { end(): Promise<void> };
  void connection.end().catch(() => undefined);
}
