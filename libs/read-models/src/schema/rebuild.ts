import { AppError, type RecordedEvent } from '@signalbox/kernel';
import { connectPostgres, type Postgres } from '@signalbox/postgres';
import { prepare, ReadModelWriter } from '../writing/read-model.writer.ts';
import {
  closing,
  holdWriters,
  liveSchema,
  migrateSchema,
  nextSchema,
  PUBLIC_SCHEMA,
  showThrough,
  takeTurns,
  type ReadModelOptions,
} from './read-model.schemas.ts';

/** An index over all events takes its time. */
const STATEMENT_TIMEOUT_MS = 600_000;

/** A reader of the audit stream from its beginning, as an event feed gives it. */
export interface Replay {
  /** Resolves once everything that stood in the stream when this was called is handled. */
  whenCaughtUp(): Promise<void>;
  /** Rejects when `handle` threw. */
  whenStopped(): Promise<void>;
  stop(): Promise<void>;
}

export type StartReplay = (
  handle: (events: readonly RecordedEvent[], position: number) => Promise<void>,
) => Promise<Replay>;

/**
 * Fills a second schema beside the live one from the first event on, switches the public views to
 * it and drops the old one. The live projector goes on meanwhile, and after the switch continues
 * from the new checkpoint.
 * @returns the schema that is live now.
 * @throws AppError `missing` when there is nothing to rebuild, `unavailable` without Postgres.
 */
export async function rebuildReadModels(
  options: ReadModelOptions,
  startReplay: StartReplay,
): Promise<string> {
  await using open = closing(connectPostgres({ ...options, schema: PUBLIC_SCHEMA }));
  return await open.postgres.transaction(async (manager) => {
    await takeTurns(manager);
    const live = await liveSchema(manager);
    if (live === undefined) {
      throw new AppError({
        code: 'nothing_to_rebuild',
        kind: 'missing',
        message: 'There are no read models yet; the projector makes them when it starts.',
      });
    }
    const next = nextSchema(live);
    await open.postgres.query(`DROP SCHEMA IF EXISTS ${next} CASCADE`);
    await migrateSchema(options, next);
    await fill(options, { schema: next, startReplay, beforeTheLast: () => holdWriters(manager) });
    await showThrough(manager, next);
    await manager.query(`DROP SCHEMA ${live} CASCADE`);
    return next;
  });
}

interface Filling {
  readonly schema: string;
  readonly startReplay: StartReplay;
  /** Called when nearly all is there, so that the old models are not ahead at the end. */
  beforeTheLast(): Promise<void>;
}

async function fill(options: ReadModelOptions, filling: Filling): Promise<void> {
  const { schema, startReplay, beforeTheLast } = filling;
  await using open = closing(
    connectPostgres({
      ...options,
      schema,
      statementTimeoutMs: STATEMENT_TIMEOUT_MS,
      asynchronousCommit: true,
    }),
  );
  const indexes = await dropIndexes(open.postgres, schema);
  const writer = new ReadModelWriter(open.postgres);
  let written = Promise.resolve(0);
  const replay = await startReplay(async (events, position) => {
    // One batch is written while the next is read and prepared.
    const prepared = prepare(events, position);
    const before = written;
    written = before.then((from) => writer.writePrepared(from, prepared));
    written.catch(() => undefined);
    await before;
  });
  const catchUp = async () => {
    await Promise.race([replay.whenCaughtUp(), replay.whenStopped()]);
    await written;
  };
  try {
    await catchUp();
    for (const definition of indexes) await open.postgres.query(definition);
    await catchUp();
    await beforeTheLast();
    await catchUp();
  } finally {
    await replay.stop();
  }
}

/**
 * Takes away the indexes that only queries need; making them at the end costs a fraction of
 * keeping them in order meanwhile.
 * @returns the statements that make them again.
 */
async function dropIndexes(postgres: Postgres, schema: string): Promise<readonly string[]> {
  const indexes = await postgres.query<{ name: string; definition: string }>(
    `SELECT c.relname AS name, pg_get_indexdef(c.oid) AS definition
     FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
     WHERE c.relnamespace = $1::regnamespace AND NOT i.indisunique ORDER BY name`,
    [schema],
  );
  for (const { name } of indexes) await postgres.query(`DROP INDEX ${name}`);
  return indexes.map(({ definition }) => definition);
}
