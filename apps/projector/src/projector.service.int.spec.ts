import { Logger } from '@nestjs/common';
import {
  allEvents,
  controlHalted,
  controlResumed,
  signalReceived,
  signalSchema,
  type Signal,
} from '@signalbox/contracts';
import { digestOf, newId, SystemClock } from '@signalbox/kernel';
import {
  JetStreamEventFeed,
  JetStreamEventStore,
  NO_EVENTS,
  type EventFeed,
  type EventStore,
} from '@signalbox/messaging';
import type { Postgres } from '@signalbox/postgres';
import {
  connectReadModels,
  rebuildReadModels,
  type ReadModelOptions,
} from '@signalbox/read-models';
import {
  eventually,
  startEmbeddedTestPostgres,
  startTestNats,
  type EmbeddedTestPostgres,
  type TestNats,
} from '@signalbox/testing';
import { start } from './main.ts';
import { ProjectorService } from './projector.service.ts';

const SEEN_WITHIN_MS = 60_000;

let nats: TestNats;
let databases: EmbeddedTestPostgres;
let env: string;
let store: EventStore;
let feed: EventFeed;
let options: ReadModelOptions;
let postgres: Postgres;
let started: ProjectorService[];
let rooms = 0;

beforeAll(async () => {
  Logger.overrideLogger(false);
  nats = await startTestNats();
  databases = await startEmbeddedTestPostgres();
});
afterAll(async () => {
  await Promise.all([nats.stop(), databases.stop()]);
});

/** Each test has an environment in the streams and a database of its own. */
beforeEach(async () => {
  env = `${nats.env}-${++rooms}`;
  const shared = { connection: nats.connection, env, definitions: allEvents };
  store = new JetStreamEventStore({ ...shared, clock: new SystemClock(), source: 'spec' });
  feed = new JetStreamEventFeed(shared);
  const url = await databases.createDatabase();
  options = { url, applicationName: 'spec', asynchronousCommit: true };
  postgres = connectReadModels(options);
  started = [];
});
afterEach(async () => {
  await Promise.all(started.map((projector) => projector.onModuleDestroy()));
  await postgres.close();
});

function startProjector(): ProjectorService {
  const projector = new ProjectorService(feed, options);
  projector.onApplicationBootstrap();
  started.push(projector);
  return projector;
}

/** Two events on each of `aggregates` aggregates, all at once. */
async function append(aggregates: number): Promise<void> {
  const context = { causationId: newId(), actor: 'person:spec', epoch: 0 } as const;
  await Promise.all(
    Array.from({ length: aggregates }, (_, n) =>
      store.append(
        { aggregate: 'control', id: newId() },
        NO_EVENTS,
        [controlHalted.of({ reason: `${n}` }), controlResumed.of({ reason: `${n}` })],
        { ...context, correlationId: newId() },
      ),
    ),
  );
}

/** How many events stand in the audit, none of them twice; 0 while Postgres cannot say. */
async function projected(): Promise<number> {
  const [row] = await postgres
    .query<{ n: number; ids: number }>(
      'SELECT count(*) AS n, count(DISTINCT event_id) AS ids FROM audit',
    )
    .catch(() => []);
  expect(row?.ids).toBe(row?.n);
  return row?.n ?? 0;
}

/** How many there are once there are `count`. */
function projectedOnce(count: number): Promise<number> {
  return eventually(
    async () => {
      const found = await projected();
      return found >= count && found;
    },
    SEEN_WITHIN_MS,
    `${count} in the audit`,
  );
}

function plainSignal(id: string): Signal {
  const at = new Date().toISOString();
  return {
    id,
    source: 'spec',
    type: 'Odd',
    title: 'Odd',
    status: 'firing',
    startsAtKnown: false,
    labels: {},
    fingerprint: 'f',
    startsAt: at,
    receivedAt: at,
    payload: {},
    raw: { sha256: digestOf(id), bytes: 1, contentType: 'x', deliveryId: id, index: 0 },
    signature: 'unsigned',
  };
}

function dropReadModels(): Promise<unknown> {
  return postgres.transaction((m) => m.query('DROP SCHEMA signalbox, rm_1 CASCADE'));
}

/** Every byte of what these tests write. */
async function checksum(): Promise<unknown> {
  return postgres.query(
    `SELECT (SELECT string_agg(c::text, ',') FROM checkpoint AS c) AS checkpoint,
      (SELECT md5(string_agg(a::text, ',' ORDER BY sequence)) FROM audit AS a) AS audit`,
  );
}

it('AUD-2: follows what is appended, and after a restart goes on where it was', async () => {
  await append(3);
  const projector = startProjector();
  expect(await projectedOnce(6)).toBe(6);
  await append(1);
  expect(await projectedOnce(8)).toBe(8);
  const [last] = await postgres.query<{ n: number }>('SELECT max(sequence) AS n FROM audit');
  await eventually(() => projector.position === last?.n);
  await projector.onModuleDestroy();
  await append(2);
  startProjector();
  expect(await projectedOnce(12)).toBe(12);
});

it('AUD-2: leaves out what is no event, and moves its checkpoint past it', async () => {
  const projector = startProjector();
  await append(1);
  await nats.connection.request(`audit.${env}.foo.bar`, 'zz');
  await append(1);
  const last = await nats.connection.request(`audit.${env}.control.x`, '{}');
  const { seq } = last.json<{ seq: number }>();
  await eventually(() => projector.position === seq, SEEN_WITHIN_MS);
  expect(await projectedOnce(4)).toBe(4);
  await projector.onModuleDestroy();
  const again = startProjector();
  await eventually(() => again.position === seq, SEEN_WITHIN_MS);
  expect(await rebuildReadModels(options, (handle) => feed.follow({ after: 0, handle }))).toBe(
    'rm_2',
  );
  const [checkpoint] = await postgres.query<{ position: number }>(
    'SELECT position FROM checkpoint',
  );
  expect(checkpoint?.position).toBe(seq);
  expect(await projectedOnce(4)).toBe(4);
});

it('AUD-2: starts while Postgres is down, and catches up after it was killed', async () => {
  await databases.server.stop();
  await append(2);
  startProjector();
  await append(2);
  await databases.server.restart();
  expect(await projectedOnce(8)).toBe(8);
  await databases.server.kill();
  await append(20);
  await databases.server.restart();
  expect(await projectedOnce(48)).toBe(48);
  await append(1);
  expect(await projectedOnce(50)).toBe(50);
});

it('AUD-2: several projectors at once count nothing twice and miss nothing', async () => {
  const projectors = [1, 2, 3].map(() => startProjector());
  for (let round = 0; round < 20; round++) await append(10);
  expect(await projectedOnce(400)).toBe(400);
  // Whoever lost each race goes on by itself when the others are gone.
  await Promise.all(projectors.slice(1).map((projector) => projector.onModuleDestroy()));
  await append(5);
  expect(await projectedOnce(410)).toBe(410);
});

it('AUD-2: makes read models that were dropped anew, to the same bytes', async () => {
  const projector = startProjector();
  await append(30);
  expect(await projectedOnce(60)).toBe(60);
  const before = await checksum();
  await projector.onModuleDestroy();
  await dropReadModels();
  startProjector();
  expect(await projectedOnce(60)).toBe(60);
  expect(await checksum()).toEqual(before);
  await dropReadModels();
  await append(1);
  expect(await projectedOnce(62)).toBe(62);
});

it('AUD-2: is not disturbed by a rebuild, which misses nothing that comes meanwhile', async () => {
  startProjector();
  await append(50);
  expect(await projectedOnce(100)).toBe(100);
  const rebuilding = (async () => {
    const schemas: string[] = [];
    for (let i = 0; i < 2; i++) {
      schemas.push(await rebuildReadModels(options, (handle) => feed.follow({ after: 0, handle })));
    }
    return schemas;
  })();
  for (let round = 0; round < 20; round++) await append(10);
  expect(await rebuilding).toEqual(['rm_2', 'rm_3']);
  await append(10);
  expect(await projectedOnce(520)).toBe(520);
});

it('AUD-2: no signal from outside, however odd, stops it', async () => {
  startProjector();
  const odd: readonly Partial<Signal>[] = [
    { startsAt: '0000-01-01T00:00:00Z' },
    { startsAt: '0000-01-01T00:00:00+23:59' },
    { startsAt: '9999-12-31T23:59:59-23:59' },
    { startsAt: `2026-01-01T00:00:00.${'1'.repeat(400)}Z` },
    { title: '\0{}",\\ \ud800', labels: { '\0': 'a', '\ufffd': 'b', __proto__: 'c' } },
    { payload: JSON.parse(`${'['.repeat(100)}1e308,-0,0.1${']'.repeat(100)}`) },
    { payload: 'x'.repeat(150_000), fingerprint: '\u{10ffff}'.repeat(100) },
    { payload: { n: Number.MAX_SAFE_INTEGER, text: '\u0000\udfff' } },
  ];
  for (const about of odd) {
    const id = newId();
    const signal = signalSchema.parse({ ...plainSignal(id), ...about });
    const context = {
      correlationId: id,
      causationId: id,
      actor: 'service:spec',
      epoch: 0,
    } as const;
    const event = signalReceived.of({ signal });
    await store.append({ aggregate: 'signal', id }, NO_EVENTS, [event], context);
  }
  expect(await projectedOnce(odd.length)).toBe(odd.length);
});

it('runs as a service', async () => {
  const service = await start({
    SIGNALBOX_NATS_URL: nats.url,
    SIGNALBOX_ENV: env,
    SIGNALBOX_DATABASE_URL: options.url,
    SIGNALBOX_LOG_LEVEL: 'error',
  });
  try {
    await append(2);
    expect(await projectedOnce(4)).toBe(4);
  } finally {
    await service.stop();
  }
});
