import { AppError } from '@signalbox/kernel';
import type { EntityManager, MigrationInterface, QueryRunner } from 'typeorm';
import type { Postgres } from './postgres.ts';

/** The table behind `readCheckpoint` and `moveCheckpoint`; goes among a schema's migrations. */
export class CreateCheckpoint1795219200000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      'CREATE TABLE checkpoint (projection text PRIMARY KEY, position bigint NOT NULL)',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE checkpoint');
  }
}

/** The audit sequence up to which `projection` is done; 0 before its first event. */
export async function readCheckpoint(
  from: Pick<Postgres, 'query'>,
  projection: string,
): Promise<number> {
  const [row] = await from.query<{ position: number }>(
    'SELECT position FROM checkpoint WHERE projection = $1',
    [projection],
  );
  return row?.position ?? 0;
}

export interface CheckpointMove {
  readonly projection: string;
  /** Where the caller began; 0 for the start. */
  readonly from: number;
  readonly to: number;
}

/**
 * Moves the checkpoint in the caller's transaction, and so fences the caller's other writes.
 * @throws AppError `conflict`, `checkpoint_moved`, when it does not stand at `from`.
 */
export async function moveCheckpoint(manager: EntityManager, move: CheckpointMove): Promise<void> {
  const { projection, from, to } = move;
  const [moved] = await manager.query<[{ position: number }[], number]>(
    'UPDATE checkpoint SET position = $3 WHERE projection = $1 AND position = $2 RETURNING position',
    [projection, from, to],
  );
  if (moved.length > 0) return;
  const begun =
    from > 0
      ? []
      : await manager.query<{ position: number }[]>(
          `INSERT INTO checkpoint (projection, position) VALUES ($1, $2)
           ON CONFLICT (projection) DO NOTHING RETURNING position`,
          [projection, to],
        );
  if (begun.length > 0) return;
  throw new AppError({
    code: 'checkpoint_moved',
    kind: 'conflict',
    message: `The checkpoint of ${projection} does not stand at ${from} any more.`,
  });
}
