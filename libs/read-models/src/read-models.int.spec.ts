import { toolcallResolved, toolOutcomeUnknown } from '@signalbox/contracts';
import type { RecordedEvent } from '@signalbox/kernel';
import {
  connectPostgres,
  CreateCheckpoint1795219200000,
  migrate,
  type Postgres,
} from '@signalbox/postgres';
import { startTestPostgres, type TestPostgres } from '@signalbox/testing';
import {
  connectReadModels,
  migrateReadModels,
  ReadModels,
  ReadModelWriter,
  rebuildReadModels,
  type ReadModelOptions,
  type StartReplay,
} from './index.ts';
import { readProblems } from './queries/problems.query.ts';
import { CreateReadModels1795219200001 } from './schema/create-read-models.migration.ts';
import { sqlType } from './schema/table.ts';
import { tables } from './schema/tables.ts';
import { Recorder, storyIds, tellProblem, tellStory } from './story.fixture.spec.ts';

let server: TestPostgres;
let options: ReadModelOptions;
let postgres: Postgres;
let writer: ReadModelWriter;

beforeAll(async () => {
  server = await startTestPostgres();
});
afterAll(() => server.stop());

/** Each test has a database of its own. */
beforeEach(async () => {
  options = { url: await server.createDatabase(), applicationName: 'spec' };
  postgres = connectReadModels(options);
  writer = new ReadModelWriter(postgres);
});
afterEach(() => postgres.close());

function stories(count: number): readonly RecordedEvent[] {
  const recorder = new Recorder();
  return Array.from({ length: count }, (_, n) => tellStory(recorder, n)).flat();
}

function storiesAndProblems(count: number): readonly RecordedEvent[] {
  const recorder = new Recorder();
  return Array.from({ length: count }, (_, n) => [
    ...tellStory(recorder, n),
    ...tellProblem(recorder, n),
  ]).flat();
}

async function writeAll(events: readonly RecordedEvent[], batch: number): Promise<void> {
  for (let at = 0; at < events.length; at += batch) {
    await writer.write(await writer.position(), events.slice(at, at + batch));
  }
}

/** A feed that has only these events to give. */
function replayOf(events: readonly RecordedEvent[], batch: number): StartReplay {
  return async (handle) => {
    for (let at = 0; at < events.length; at += batch) {
      const some = events.slice(at, at + batch);
      await handle(some, some.at(-1)?.record.sequence ?? 0);
    }
    return {
      whenCaughtUp: async () => undefined,
      whenStopped: () => new Promise(() => undefined),
      stop: async () => undefined,
    };
  };
}

/** Every byte of every table. */
async function checksums(): Promise<Readonly<Record<string, string | null>>> {
  const sums: Record<string, string | null> = {};
  for (const name of ['checkpoint', ...tables.map((table) => table.name)]) {
    const [row] = await postgres.query<{ sum: string | null }>(
      `SELECT md5(string_agg(t::text, E'\\n' ORDER BY t::text)) AS sum FROM ${name} AS t`,
    );
    sums[name] = row?.sum ?? null;
  }
  return sums;
}

it('says that the tables are not there before the first start', async () => {
  await expect(new ReadModels(postgres).status()).rejects.toMatchObject({
    kind: 'unavailable',
    code: 'postgres_not_migrated',
  });
});

it('has the columns that the definitions say', async () => {
  await migrateReadModels(options);
  for (const table of tables) {
    const columns = await postgres.query<{ name: string; type: string; nullable: boolean }>(
      `SELECT attname AS name, format_type(atttypid, NULL) AS type, NOT attnotnull AS nullable
       FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 ORDER BY attnum`,
      [`rm_1.${table.name}`],
    );
    expect(columns).toEqual(
      Object.entries(table.columns).map(([name, type]) => ({
        name,
        type: sqlType(type).replace('timestamptz', 'timestamp with time zone'),
        nullable: type.endsWith('?'),
      })),
    );
  }
});

it('AUD-2: replicas start at once, and start again, and change nothing that is there', async () => {
  await Promise.all([1, 2, 3].map(() => migrateReadModels(options)));
  await writeAll(stories(1), 100);
  const before = await checksums();
  await migrateReadModels(options);
  expect(await checksums()).toEqual(before);
});

it('AUD-2: a rebuild beside the live models gives the same bytes, whatever the batches', async () => {
  await migrateReadModels(options);
  const events = storiesAndProblems(20);
  await writeAll(events, 7);
  const before = await checksums();
  for (const sum of Object.values(before)) expect(sum).not.toBeNull();
  expect(await rebuildReadModels(options, replayOf(events, 100))).toBe('rm_2');
  expect(await checksums()).toEqual(before);
  expect(await postgres.query("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'rm%'")).toEqual(
    [{ nspname: 'rm_2' }],
  );
});

it('AUD-2: what is written while a rebuild runs is in the new models too', async () => {
  await migrateReadModels(options);
  const events = stories(10);
  await writeAll(events.slice(0, 50), 100);
  await rebuildReadModels(options, async (handle) => {
    const replay = await replayOf(events.slice(0, 50), 20)(handle);
    await writeAll(events.slice(50), 100);
    let told = false;
    return {
      ...replay,
      whenCaughtUp: async () => {
        if (!told) await handle(events.slice(50), events.at(-1)?.record.sequence ?? 0);
        told = true;
      },
    };
  });
  const rebuilt = await checksums();
  expect(await writer.position()).toBe(events.length);
  await postgres.transaction((m) => m.query('DROP SCHEMA signalbox, rm_2 CASCADE'));
  await migrateReadModels(options);
  await writeAll(events, 1000);
  expect(await checksums()).toEqual(rebuilt);
});

it('AUD-2: a rebuild that fails leaves the live models alone', async () => {
  await migrateReadModels(options);
  await writeAll(stories(2), 100);
  const before = await checksums();
  const broken = rebuildReadModels(options, () => Promise.reject(new Error('no feed')));
  await expect(broken).rejects.toThrow('no feed');
  expect(await checksums()).toEqual(before);
  expect(await rebuildReadModels(options, replayOf(stories(2), 100))).toBe('rm_2');
  expect(await checksums()).toEqual(before);
});

it('AUD-2: of two writers one writes a batch, and the other writes nothing of it', async () => {
  await migrateReadModels(options);
  const events = stories(2);
  const at = await writer.write(0, events.slice(0, 10));
  const race = [1, 2].map(() => writer.write(at, events.slice(10)));
  const outcomes = await Promise.allSettled(race);
  expect(outcomes.map((o) => o.status).toSorted()).toEqual(['fulfilled', 'rejected']);
  expect(outcomes.find((o) => o.status === 'rejected')?.reason).toMatchObject({ kind: 'conflict' });
  expect(await postgres.query('SELECT count(*) AS n FROM audit')).toEqual([{ n: events.length }]);
});

it('GTW-6: a verdict without a note leaves what was known, whatever the batches', async () => {
  await migrateReadModels(options);
  const recorder = new Recorder();
  const append = { aggregate: 'toolcall', id: storyIds(0).lookup, correlationId: 'c' };
  const claimed = tellStory(recorder, 0).find(({ type }) => type === 'toolcall.claimed');
  if (!claimed) throw new Error('no story');
  const parked = [
    claimed,
    recorder.record({ ...append, event: toolOutcomeUnknown.of({ message: 'no answer' }) }),
    recorder.record({ ...append, event: toolcallResolved.of({ verdict: 'not_done' }) }),
  ];
  await writeAll(parked, 1);
  const before = await checksums();
  await rebuildReadModels(options, replayOf(parked, 100));
  expect(await checksums()).toEqual(before);
  expect((await new ReadModels(postgres).toolCalls()).rows).toMatchObject([
    { status: 'failed', message: 'no answer' },
  ]);
});

it('AUD-2: read models of older releases are brought up to date with all they hold', async () => {
  const first = [CreateCheckpoint1795219200000, CreateReadModels1795219200001];
  const old = connectPostgres({ ...options, schema: 'rm_1', migrations: first });
  await migrate(old);
  const events = stories(2);
  const { execution } = storyIds(0);
  // As the first release left it: public views of its own columns, and rows beneath.
  await old.transaction(async (manager) => {
    await manager.query('CREATE SCHEMA signalbox');
    for (const name of ['checkpoint', 'signal', 'decision', 'execution', 'tool_call', 'audit']) {
      await manager.query(`CREATE VIEW signalbox.${name} AS SELECT * FROM rm_1.${name}`);
    }
    await manager.query(
      `INSERT INTO execution VALUES ($1, 's', 'agent', 'diagnose_repair', 'Repair it.', 'low',
         'awaiting_approval', false, 'a', NULL, now(), NULL, now(), 40)`,
      [execution],
    );
    await manager.query("INSERT INTO checkpoint VALUES ('read_models', 40)");
  });
  await old.close();

  await Promise.all([1, 2].map(() => migrateReadModels(options)));
  const models = new ReadModels(postgres);
  expect((await models.executions({ status: 'awaiting_approval' })).rows).toMatchObject([
    { execution_id: execution, sequence: 40, source: null },
  ]);
  expect(await models.problems()).toEqual({ rows: [] });
  expect(await writer.position()).toBe(40);
  await writer.write(40, events.slice(40));
  expect(await rebuildReadModels(options, replayOf(events, 10))).toBe('rm_2');
  expect((await models.executions()).rows).toMatchObject([
    { source: 'alertmanager', status: 'completed' },
    { execution_id: execution, source: 'alertmanager', status: 'completed' },
  ]);
});

it('takes text that Postgres cannot keep, and the year zero', async () => {
  await migrateReadModels(options);
  const [received] = stories(1);
  if (!received) throw new Error('no story');
  const { signal } = received.data as { signal: Record<string, unknown> };
  const hostile = {
    ...signal,
    title: 'a\0b',
    startsAt: '0000-01-01T00:00:00Z',
    labels: { "'; DROP TABLE audit; --": '{"\\,NULL}' },
    payload: { 'k\0': '\ud800' },
  };
  await writer.write(0, [{ ...received, data: { signal: hostile } }]);
  expect(await postgres.query('SELECT title, labels FROM signal')).toEqual([
    { title: 'a\uFFFDb', labels: hostile.labels },
  ]);
});

it('SIG-4: lists problems, the last one reported first, and how often each began', async () => {
  await migrateReadModels(options);
  const recorder = new Recorder();
  const [one, two, three] = [1, 2, 3].map((n) => tellProblem(recorder, n)) as [
    readonly RecordedEvent[],
    readonly RecordedEvent[],
    readonly RecordedEvent[],
  ];
  await writer.write(0, [...one, ...two.slice(0, 4), ...three.slice(0, 5)]);
  const models = new ReadModels(postgres);
  const listed = async (status?: 'open' | 'resolved') =>
    (await models.problems({ status })).rows.map(({ fingerprint, episodes }) => [
      fingerprint,
      episodes,
    ]);
  expect(await listed()).toEqual([
    ['f3', 1],
    ['f2', 1],
    ['f1', 2],
  ]);
  expect(await listed('open')).toEqual([
    ['f3', 1],
    ['f1', 2],
  ]);
  // Open again, after it was said to be over.
  expect((await models.problems({ status: 'open' })).rows[0]).toMatchObject({
    reports: 4,
    resolved_at: null,
  });
  expect(await listed('resolved')).toEqual([['f2', 1]]);
  const { rows, nextCursor } = await models.problems({ limit: 2 });
  expect(rows.map(({ fingerprint }) => fingerprint)).toEqual(['f3', 'f2']);
  const last = await models.problems({ limit: 1, cursor: nextCursor });
  expect(last).toMatchObject({ rows: [{ fingerprint: 'f1' }] });
  expect(last.nextCursor).toBeUndefined();
  const open = { status: 'open', limit: 1, cursor: rows[0]?.sequence } as const;
  expect((await models.problems(open)).rows).toMatchObject([{ fingerprint: 'f1' }]);
});

it('SIG-4: counts the episodes of the problem as it was read, whatever is written meanwhile', async () => {
  await migrateReadModels(options);
  const problem = tellProblem(new Recorder(), 1);
  await writer.write(0, problem.slice(0, 4));
  let isFirst = true;
  const readWhileWritten: Pick<Postgres, 'query'> = {
    query: async <Row>(text: string, values?: readonly unknown[]) => {
      const rows = await postgres.query<Row>(text, values);
      if (isFirst) await writer.write(await writer.position(), problem.slice(4));
      isFirst = false;
      return rows;
    },
  };
  const { rows } = await readProblems(readWhileWritten, {});
  expect(rows).toMatchObject([{ status: 'resolved', episodes: 1 }]);
  expect((await readProblems(postgres, {})).rows).toMatchObject([{ status: 'open', episodes: 2 }]);
});

describe('queries', () => {
  const ids = storyIds(1);
  let models: ReadModels;
  beforeEach(async () => {
    await migrateReadModels(options);
    await writeAll(stories(3), 1000);
    models = new ReadModels(postgres);
  });

  it('AUD-3: why answers the same story for each id in it', async () => {
    const story = await models.why(ids.signal);
    expect(story?.events).toHaveLength(21);
    expect(story).toMatchObject({ correlationId: ids.signal, cut: false });
    const granted = story?.events.find(({ entry }) => entry.type === 'approval.granted')?.entry;
    const all = [ids.execution, ids.lookup, ids.repair, ids.approval, granted?.event_id ?? ''];
    for (const id of all) expect(await models.why(id)).toEqual(story);
    expect(await models.why('01JARX0000000000000000000X')).toBeUndefined();
  });

  it('AUD-1: the audit is read newest first, page by page, and filtered', async () => {
    const first = await models.audit({ limit: 40 });
    expect(first.entries.map((e) => e.sequence)).toEqual(
      Array.from({ length: 40 }, (_, i) => 63 - i),
    );
    const { nextCursor = 0 } = first;
    const second = await models.audit({ limit: 40, cursor: nextCursor });
    expect(second.entries.map((e) => e.sequence).at(0)).toBe(23);
    expect(second.nextCursor).toBeUndefined();
    const filtered = async (filter: Parameters<ReadModels['audit']>[0]) =>
      (await models.audit({ limit: 500, ...filter })).entries.length;
    expect(await filtered({ type: 'approval.granted' })).toBe(3);
    expect(await filtered({ actor: 'person:ops' })).toBe(3);
    expect(await filtered({ aggregate: 'toolcall' })).toBe(12);
    expect(await filtered({ aggregateId: ids.approval })).toBe(2);
    expect(await filtered({ correlationId: ids.signal })).toBe(20);
    expect(await filtered({ since: first.entries[9]?.time ?? new Date(0) })).toBe(10);
    expect(first.entries[0]).toMatchObject({ action: 'AGENT_COMPLETED', epoch: 0 });
  });

  it('AGT-8: lists runs, the one of which something happened last first, page by page', async () => {
    const idsOf = ({ rows }: { rows: readonly { execution_id: string }[] }) =>
      rows.map(({ execution_id: id }) => id);
    const [first, second, third] = [0, 1, 2].map((n) => storyIds(n).execution);
    const page = await models.executions({ limit: 2 });
    expect(idsOf(page)).toEqual([third, second]);
    const last = await models.executions({ limit: 2, cursor: page.nextCursor });
    expect(idsOf(last)).toEqual([first]);
    expect(last.nextCursor).toBeUndefined();
    expect(last.rows).toMatchObject([{ status: 'completed', source: 'alertmanager' }]);
    const all = { status: 'completed', agent: 'diagnose_repair', source: 'alertmanager' } as const;
    expect(idsOf(await models.executions(all))).toHaveLength(3);
    const none = [{ status: 'running' }, { agent: 'escalate' }, { source: 'datadog' }] as const;
    for (const other of none)
      expect(idsOf(await models.executions({ ...all, ...other }))).toEqual([]);
  });

  it('GTW-6: lists tool calls, oldest first, page by page, and those of one run', async () => {
    const page = await models.toolCalls({ limit: 4 });
    const last = await models.toolCalls({ limit: 4, cursor: page.nextCursor });
    const found = [...page.rows, ...last.rows].map(({ call_id: id }) => id);
    const told = [0, 1, 2].map(storyIds);
    expect(found).toEqual(told.flatMap(({ lookup, repair }) => [lookup, repair]));
    expect(last.nextCursor).toBeUndefined();
    const own = await models.toolCalls({ executionId: ids.execution, status: 'succeeded' });
    expect(own.rows.map(({ call_id: id }) => id)).toEqual([ids.lookup, ids.repair]);
    expect(await models.toolCalls({ status: 'unknown' })).toEqual({ rows: [] });
  });

  it('lists by status and counts', async () => {
    expect(await models.approvals({ status: 'pending' })).toEqual({ rows: [] });
    const { rows, nextCursor } = await models.approvals({ status: 'approved', limit: 2 });
    expect(rows.map(({ epoch }) => epoch)).toEqual([0, 0]);
    const last = await models.approvals({ status: 'approved', limit: 1, cursor: nextCursor });
    expect(last.rows).toHaveLength(1);
    expect(last.rows[0]?.sequence).toBeGreaterThan(rows[1]?.sequence ?? Infinity);
    expect(last.nextCursor).toBeUndefined();
    expect(await models.status()).toMatchObject({
      signals: 3,
      executions: { completed: 3, running: 0 },
      pendingApprovals: 0,
      unknownToolCalls: 0,
      position: 63,
    });
  });
});
