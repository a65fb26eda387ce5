import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { connect } from '@nats-io/transport-node';
import { startNatsCluster, type NatsCluster } from '@signalbox/embedded';
import { newId, SystemClock } from '@signalbox/kernel';
import { eventually } from '@signalbox/testing';
import { JetStreamRecentCounts } from './jetstream-recent-counts.ts';
import { keepRatesStream, provision } from './provision.ts';
import { streams } from './subjects.ts';

const ADDED_BY_EACH = 100;

describe('recent counts, on a cluster of three', () => {
  let dir: string;
  let cluster: NatsCluster;
  /** One for each server, at first. */
  let connections: readonly NatsConnection[];
  let counts: readonly JetStreamRecentCounts[];

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'signalbox-counts-'));
    cluster = await startNatsCluster({ dir });
    const options = { maxReconnectAttempts: -1, reconnectTimeWait: 50 };
    connections = await Promise.all(
      cluster.urls.map((url) => connect({ servers: url, ...options })),
    );
    const [first] = connections;
    if (!first) throw new Error('a cluster of none');
    await provision(first, { replicas: 3 });
    const shared = { env: 'spec', clock: new SystemClock(), logger: { warn: () => undefined } };
    counts = connections.map((connection) => new JetStreamRecentCounts({ connection, ...shared }));
  });
  afterAll(async () => {
    await Promise.all(connections.map((connection) => connection.close()));
    await cluster.stop();
    await rm(dir, { recursive: true });
  });

  const leaderIn = async (connection: NatsConnection): Promise<string | undefined> => {
    const manager = await jetstreamManager(connection);
    return (await manager.streams.info(streams.rates)).cluster?.leader;
  };

  it('gives each of those who add at once, at different servers, another sum', async () => {
    const mine = { what: 'spec', whose: newId() };
    const sums = await Promise.all(
      counts.map(async (own) => {
        const seen: number[] = [];
        while (seen.length < ADDED_BY_EACH) seen.push(await own.add(mine, 1));
        return seen;
      }),
    );
    const all = sums.flat().toSorted((a, b) => a - b);
    expect(all).toEqual(Array.from({ length: 3 * ADDED_BY_EACH }, (_, i) => i + 1));
    expect(await counts[0]?.fallsBelow(mine, all.length)).toBeGreaterThan(0);
  });

  it('loses nothing that was acknowledged when the leader is killed', async () => {
    const mine = { what: 'spec', whose: newId() };
    const [observer] = connections;
    const leader = observer && (await leaderIn(observer));
    const index = Number(leader?.slice(1)) - 1;
    let acknowledged = 0;
    let isKilled = false;
    const adding = counts.map(async (own, at) => {
      // Whoever is connected to the leader alone has nobody left to ask.
      if (at === index) return;
      let after = 0;
      while (after < ADDED_BY_EACH) {
        const before = acknowledged;
        const sum = await eventually(() => own.add(mine, 1).catch(() => undefined));
        acknowledged++;
        expect(sum).toBeGreaterThan(before);
        if (isKilled) after++;
      }
    });
    await eventually(() => acknowledged > ADDED_BY_EACH);
    await cluster.servers[index]?.kill();
    isKilled = true;
    await Promise.all(adding);
    await cluster.servers[index]?.restart();
  });

  it('keeps its stream when services look whether it is there', async () => {
    const [connection] = connections;
    if (!connection) throw new Error('a cluster of none');
    await eventually(() => leaderIn(connection).catch(() => undefined));
    const failures: unknown[] = [];
    void keepRatesStream(connection, (error) => void failures.push(error));
    await eventually(() =>
      counts[0]?.add({ what: 'spec', whose: 'x' }, 1).then(
        () => true,
        () => false,
      ),
    );
    const manager = await jetstreamManager(connection);
    expect((await manager.streams.info(streams.rates)).config.num_replicas).toBe(3);
    expect(failures).toEqual([]);
  });
});
