export { CreateCheckpoint1795219200000, moveCheckpoint, readCheckpoint } from './checkpoint.ts';
export { migrate } from './migrate.ts';
export { connectPostgres, Postgres, type PostgresOptions } from './postgres.ts';
