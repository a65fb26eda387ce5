import type { RecordedEvent } from '@signalbox/kernel';
import { moveCheckpoint, readCheckpoint, type Postgres } from '@signalbox/postgres';
import { allProjections } from '../projections/all.ts';
import { project } from '../projections/projection.ts';
import { insertAll, updateAll, type SetStatement } from './unnest.ts';

/** The projections' one name at the checkpoint. */
export const PROJECTION = 'read_models';

/** What events do to the tables: the part of the work that needs no database. */
export interface PreparedEvents {
  /** The audit sequence up to which they are everything; undefined when they are nothing. */
  readonly to: number | undefined;
  readonly statements: readonly SetStatement[];
}

/** @param to the audit sequence up to which `events` are all there are; that of the last if absent. */
export function prepare(
  events: readonly RecordedEvent[],
  to = events.at(-1)?.record.sequence,
): PreparedEvents {
  const statements = project(allProjections, events).flatMap(({ table, inserted, updated }) => {
    const both: SetStatement[] = [];
    if (inserted.length > 0) both.push(insertAll(table, inserted));
    if (updated.length > 0) both.push(updateAll(table, updated));
    return both;
  });
  return { to, statements };
}

/** Writes events into the read models of one schema, or through the views of the public one. */
export class ReadModelWriter {
  readonly #postgres: Postgres;

  constructor(postgres: Postgres) {
    this.#postgres = postgres;
  }

  /** The audit sequence up to which the read models are complete. */
  position(): Promise<number> {
    return readCheckpoint(this.#postgres, PROJECTION);
  }

  /**
   * Writes `events`, which follow right after `from`, and moves the checkpoint to `to`: the last of
   * them, or what else the feed has come to.
   * @throws AppError `conflict` when another writer was faster, `unavailable` without Postgres.
   */
  write(from: number, events: readonly RecordedEvent[], to?: number): Promise<number> {
    return this.writePrepared(from, prepare(events, to));
  }

  /** As `write`. */
  async writePrepared(from: number, { to, statements }: PreparedEvents): Promise<number> {
    if (to === undefined) return from;
    await this.#postgres.transaction(async (manager) => {
      // First of all, so that a writer that lost waits here, holding nothing.
      await moveCheckpoint(manager, { projection: PROJECTION, from, to });
      for (const { sql, parameters } of statements) await manager.query(sql, [...parameters]);
    });
    return to;
  }
}
