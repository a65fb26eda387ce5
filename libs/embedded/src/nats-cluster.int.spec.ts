import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { connect } from '@nats-io/transport-node';

import { startNatsCluster } from './nats-cluster.ts';
import { poll } from './poll.ts';

/** An election takes up to some ten seconds where both cores are busy. */
const LEADER_LIMIT_MS = 60_000;
const REPLICATED = { name: 'S', subjects: ['s.>'], storage: 'file', num_replicas: 3 };

it('a cluster of three forms and goes on when one server is killed', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'signalbox-cluster-'));
  const cluster = await startNatsCluster({ dir });
  const connection = await connect({ servers: [...cluster.urls], maxReconnectAttempts: -1 });
  const ask = async (subject: string, body: unknown): Promise<Record<string, unknown>> =>
    (await connection.request(subject, JSON.stringify(body), { timeout: 10_000 })).json();
  try {
    expect(await ask('$JS.API.STREAM.CREATE.S', REPLICATED)).not.toHaveProperty('error');
    expect(await ask('s.one', 'before')).toMatchObject({ seq: 1 });
    const lost = cluster.servers.find(({ url }) => !url.endsWith(connection.getServer()));
    await lost?.kill();
    await acknowledged(() => ask('s.two', 'during'));
    await lost?.restart();
    await cluster.untilCurrent();
    const { state } = await ask('$JS.API.STREAM.INFO.S', {});
    expect(state).toMatchObject({ num_subjects: 2 });
  } finally {
    await connection.close();
    await cluster.stop();
    await rm(dir, { recursive: true });
  }
});

/** The killed one may have led the stream: asks until the next leader is there. */
async function acknowledged(publish: () => Promise<Record<string, unknown>>): Promise<void> {
  const isStored = async (): Promise<boolean> =>
    'seq' in (await publish().catch((): Record<string, unknown> => ({})));
  expect(await poll(isStored, LEADER_LIMIT_MS)).toBe(true);
}
