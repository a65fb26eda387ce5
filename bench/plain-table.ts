import type { RecordedEvent } from '@signalbox/kernel';
import type { Postgres } from '@signalbox/postgres';

const ROWS_PER_STATEMENT = 1_000;

/** Events as rows of one table, 1000 in a statement and a transaction of its own. */
export async function insertAll(
  postgres: Postgres,
  events: readonly RecordedEvent[],
): Promise<void> {
  await postgres.transaction(async (manager) => {
    await manager.query('DROP TABLE IF EXISTS plain');
    await manager.query(
      `CREATE TABLE plain (sequence bigint PRIMARY KEY, id text NOT NULL,
         type text NOT NULL, data jsonb NOT NULL, at timestamptz NOT NULL)`,
    );
  });
  for (let from = 0; from < events.length; from += ROWS_PER_STATEMENT) {
    const rows = events.slice(from, from + ROWS_PER_STATEMENT);
    await postgres.transaction((manager) =>
      manager.query(
        `INSERT INTO plain
         SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::jsonb[], $5::timestamptz[])`,
        [
          rows.map(({ record }) => record.sequence),
          rows.map(({ record }) => record.id),
          rows.map(({ type }) => type),
          rows.map(({ data }) => JSON.stringify(data)),
          rows.map(({ record }) => record.time),
        ],
      ),
    );
  }
}
