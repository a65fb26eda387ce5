import { MigrationExecutor } from 'typeorm';
import type { Postgres } from './postgres.ts';

/**
 * Applies the migrations that are missing in the schema of `postgres`, all or none. Replicas that
 * start at once take turns.
 * @returns the names of those applied.
 */
export function migrate(postgres: Postgres): Promise<readonly string[]> {
  return postgres.transaction(async (manager) => {
    await manager.query('SET LOCAL statement_timeout = 0');
    await manager.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [
      `migrate ${postgres.schema}`,
    ]);
    await manager.query(`CREATE SCHEMA IF NOT EXISTS "${postgres.schema}"`);
    const executor = new MigrationExecutor(manager.dataSource, manager.queryRunner);
    const applied = await executor.executePendingMigrations();
    return applied.map((migration) => migration.name);
  });
}
