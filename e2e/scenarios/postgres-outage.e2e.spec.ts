import { connect } from '@nats-io/transport-node';
import { allEvents } from '@signalbox/contracts';
import { startPostgres, type PostgresServer } from '@signalbox/embedded';
import { SystemClock } from '@signalbox/kernel';
import { JetStreamEventStore } from '@signalbox/messaging';
import { eventually } from '@signalbox/testing';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Platform } from '../platform.ts';
import { sendSignal, storyOf } from '../stories.ts';

const OUTAGE_MS = 60_000;
const DECIDED_MAX_MS = 60_000;
const CATCH_UP_MAX_MS = 120_000;

describe('Postgres is away for a minute', () => {
  let folder: string;
  let postgres: PostgresServer;
  let platform: Platform;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'signalbox-postgres-'));
    postgres = await startPostgres({ dataDir: join(folder, 'data') });
    platform = await Platform.start({
      args: ['--no-sample'],
      env: { SIGNALBOX_DATABASE_URL: postgres.url },
    });
  });
  afterAll(async () => {
    await platform.stopAndForget();
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const harmless = (n: number) => ({
    source: 'e2e',
    event_type: 'command',
    title: `ssh root@db-${n}`,
    payload: {},
  });

  it('AUD-2, SIG-1: signals are taken and decided meanwhile, queries say why they fail, then catch up', async () => {
    await postgres.kill();
    const downAt = performance.now();
    const connection = await connect(await platform.natsAsService());
    const store = new JetStreamEventStore({
      connection,
      env: 'default',
      definitions: allEvents,
      clock: new SystemClock(),
      source: 'e2e',
    });
    const signalIds: string[] = [];
    while (performance.now() - downAt < OUTAGE_MS) {
      const id = await sendSignal(platform, harmless(signalIds.length));
      signalIds.push(id);
      const decided = async () =>
        (await store.read({ aggregate: 'signal', id })).events.some(
          (e) => e.type === 'decision.made',
        );
      await eventually(decided, DECIDED_MAX_MS, 'a decision without Postgres');
      await delay(2_000);
    }
    await connection.close();

    const refused = await platform.get<{ detail: string }>('/api/audit');
    expect(refused.status).toBe(503);
    expect(refused.body.detail).toMatch(/postgres|database|read models/i);
    expect((await platform.get('/api/status')).status).toBe(200);

    await postgres.restart();
    await eventually(
      async () => {
        const stories = await Promise.all(signalIds.map((id) => storyOf(platform, id)));
        return stories.every((events) => events.some(({ type }) => type === 'decision.made'));
      },
      CATCH_UP_MAX_MS,
      'the read models to catch up',
    );
  });
});
