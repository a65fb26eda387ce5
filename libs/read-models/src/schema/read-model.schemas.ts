import {
  connectPostgres,
  CreateCheckpoint1795219200000,
  migrate,
  type Postgres,
  type PostgresOptions,
} from '@signalbox/postgres';
import type { EntityManager } from 'typeorm';
import { AddExecutionSource1795219200003 } from './add-execution-source.migration.ts';
import { AddProblems1795219200002 } from './add-problems.migration.ts';
import { CreateReadModels1795219200001 } from './create-read-models.migration.ts';
import { tables } from './tables.ts';

/** The schema of views that everybody reads and the projector writes through. */
export const PUBLIC_SCHEMA = 'signalbox';

export type ReadModelOptions = Omit<PostgresOptions, 'schema' | 'migrations'>;

const migrations = [
  CreateCheckpoint1795219200000,
  CreateReadModels1795219200001,
  AddProblems1795219200002,
  AddExecutionSource1795219200003,
];
/** `checkpoint` comes first: whoever takes its lock holds up the writer before it holds anything. */
const relations = ['checkpoint', ...tables.map((table) => table.name)];

/** The schema of tables that the public views show now; undefined before the first start. */
export async function liveSchema(postgres: Pick<Postgres, 'query'>): Promise<string | undefined> {
  const [row] = await postgres.query<{ table_schema: string }>(
    `SELECT table_schema FROM information_schema.view_table_usage
     WHERE view_schema = $1 AND view_name = 'checkpoint'`,
    [PUBLIC_SCHEMA],
  );
  return row?.table_schema;
}

/** Makes the read models, or brings them up to date. Replicas may do so at once. */
export async function migrateReadModels(options: ReadModelOptions): Promise<void> {
  await using open = closing(connectPostgres({ ...options, schema: PUBLIC_SCHEMA }));
  const live = await liveSchema(open.postgres);
  await migrateSchema(options, live ?? schemaNumber(1));
  await open.postgres.transaction(async (manager) => {
    await takeTurns(manager);
    // A replica that starts with us, or a rebuild, may have been faster.
    await showThrough(manager, (await liveSchema(manager)) ?? schemaNumber(1));
  });
}

export async function migrateSchema(options: ReadModelOptions, schema: string): Promise<void> {
  await using open = closing(connectPostgres({ ...options, schema, migrations }));
  await migrate(open.postgres);
}

/** Waits for others that change the schemas. Ends with the transaction. */
export async function takeTurns(manager: EntityManager): Promise<void> {
  await manager.query('SET LOCAL statement_timeout = 0');
  await manager.query("SELECT pg_advisory_xact_lock(hashtextextended('read-models', 0))");
}

/** Keeps writers from beginning a transaction until this one ends; those begun are waited for. */
export async function holdWriters(manager: EntityManager): Promise<void> {
  await manager.query(`LOCK TABLE ${PUBLIC_SCHEMA}.checkpoint IN ACCESS EXCLUSIVE MODE`);
}

/** Lets the public views show the tables of `schema`. Their columns never go, so grants stay. */
export async function showThrough(manager: EntityManager, schema: string): Promise<void> {
  await manager.query(`CREATE SCHEMA IF NOT EXISTS ${PUBLIC_SCHEMA}`);
  for (const name of relations) {
    await manager.query(
      `CREATE OR REPLACE VIEW ${PUBLIC_SCHEMA}.${name} AS SELECT * FROM ${schema}.${name}`,
    );
  }
}

export function nextSchema(live: string): string {
  return schemaNumber(Number(live.slice(SCHEMA_PREFIX.length)) + 1);
}

const SCHEMA_PREFIX = 'rm_';
const schemaNumber = (n: number) => `${SCHEMA_PREFIX}${n}`;

/** Closes the pool at the end of the block. */
export function closing(postgres: Postgres) {
  return { postgres, [Symbol.asyncDispose]: () => postgres.close() };
}
