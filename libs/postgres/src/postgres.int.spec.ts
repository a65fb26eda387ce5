import { startEmbeddedTestPostgres, type EmbeddedTestPostgres } from '@signalbox/testing';
import {
  connectPostgres,
  CreateCheckpoint1795219200000,
  migrate,
  moveCheckpoint,
  readCheckpoint,
  type Postgres,
} from './index.ts';

/** For what succeeds, on a machine with other things to do. */
const LONG_MS = 30_000;
/** For what is to take too long; what is asked next has it too. */
const SHORT_MS = 2_000;

let embedded: EmbeddedTestPostgres;
const opened: Postgres[] = [];

beforeAll(async () => {
  embedded = await startEmbeddedTestPostgres();
});
afterAll(async () => {
  await Promise.all(opened.map((postgres) => postgres.close()));
  await embedded.stop();
});

function open(schema: string, statementTimeoutMs = LONG_MS): Postgres {
  const postgres = connectPostgres({
    url: embedded.url,
    schema,
    applicationName: 'spec',
    connectTimeoutMs: LONG_MS,
    statementTimeoutMs,
    migrations: [CreateCheckpoint1795219200000],
  });
  opened.push(postgres);
  return postgres;
}

it('starts without Postgres, loses it, and recovers by itself', async () => {
  await embedded.server.stop();
  const postgres = open('public');
  await expect(postgres.query('SELECT 1')).rejects.toMatchObject({
    kind: 'unavailable',
    code: 'postgres_connection_refused',
  });
  await embedded.server.restart();
  expect(await postgres.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  await embedded.server.kill();
  await expect(postgres.query('SELECT 1')).rejects.toMatchObject({ kind: 'unavailable' });
  await embedded.server.restart();
  expect(await postgres.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
});

it('says that a statement took too long', async () => {
  const postgres = open('public', SHORT_MS);
  await expect(postgres.query('SELECT pg_sleep(60)')).rejects.toMatchObject({
    code: 'postgres_timeout',
  });
  expect(await postgres.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
});

it('does not wait for ever on a server that fell silent, and goes on when it speaks again', async () => {
  const postgres = open('public', SHORT_MS);
  const [backend] = await postgres.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const pid = backend?.pid ?? 0;
  process.kill(pid, 'SIGSTOP');
  try {
    await expect(postgres.query('SELECT 1')).rejects.toMatchObject({ code: 'postgres_timeout' });
    expect(await postgres.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  } finally {
    process.kill(pid, 'SIGCONT');
  }
});

it('applies migrations once, however many replicas start', async () => {
  const replicas = [1, 2, 3, 4].map(() => open('replicas'));
  const applied = await Promise.all(replicas.map(migrate));
  expect(applied.flat()).toEqual(['CreateCheckpoint1795219200000']);
});

it('undoes a transaction that failed', async () => {
  const postgres = open('undone');
  await migrate(postgres);
  await expect(
    postgres.transaction(async (manager) => {
      await moveCheckpoint(manager, { projection: 'p', from: 0, to: 5 });
      throw new Error('no');
    }),
  ).rejects.toThrow('no');
  expect(await readCheckpoint(postgres, 'p')).toBe(0);
});

describe('a checkpoint', () => {
  let postgres: Postgres;
  const move = (from: number, to: number) =>
    postgres.transaction((manager) => moveCheckpoint(manager, { projection: 'p', from, to }));
  beforeAll(async () => {
    postgres = open('checkpoints');
    await migrate(postgres);
  });

  it('is moved by one of those who saw it at the same place', async () => {
    for (const [from, to] of [
      [0, 5],
      [5, 9],
    ] as const) {
      const outcomes = await Promise.allSettled([move(from, to), move(from, to), move(from, to)]);
      expect(outcomes.filter((o) => o.status === 'fulfilled')).toHaveLength(1);
      for (const lost of outcomes.filter((o) => o.status === 'rejected')) {
        expect(lost.reason).toMatchObject({ kind: 'conflict', code: 'checkpoint_moved' });
      }
      expect(await readCheckpoint(postgres, 'p')).toBe(to);
    }
  });

  it('is not made by someone who believes it was further on', async () => {
    await expect(
      postgres.transaction((m) => moveCheckpoint(m, { projection: 'q', from: 3, to: 4 })),
    ).rejects.toMatchObject({ code: 'checkpoint_moved' });
    expect(await readCheckpoint(postgres, 'q')).toBe(0);
  });
});
