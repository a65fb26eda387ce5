import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import { headers, type NatsConnection } from '@nats-io/nats-core';
import { connect } from '@nats-io/transport-node';
import { startNatsCluster, type NatsCluster } from '@signalbox/embedded';
import { eventually } from '@signalbox/testing';
import { room } from './broker.fixture.spec.ts';
import { consume } from './consumer.ts';
import { publishDurably } from './durable-publish.ts';
import { provision } from './provision.ts';
import { streams } from './subjects.ts';

describe('consume, on a cluster of three', () => {
  let dir: string;
  let cluster: NatsCluster;
  let connection: NatsConnection;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'signalbox-cluster-'));
    cluster = await startNatsCluster({ dir });
    const servers = [...cluster.urls];
    connection = await connect({ servers, maxReconnectAttempts: -1, reconnectTimeWait: 50 });
    await provision(connection, { replicas: 3 });
  });
  afterAll(async () => {
    await connection.close();
    await cluster.stop();
    await rm(dir, { recursive: true });
  });

  it('handles each message when the consumer’s leader is killed', async () => {
    const { options, subjects } = room({ connection });
    const handled = new Set<string>();
    const consumer = await consume({
      ...options,
      ackWaitMs: 3_000,
      handle: async ({ bytes }) => void handled.add(Buffer.from(bytes).toString()),
    });
    const send = (text: string) =>
      publishDurably(connection, {
        subject: subjects.command('svc', 'go'),
        headers: headers(),
        bytes: Buffer.from(text),
        messageId: text,
      });
    await send('before');
    await consumer.whenIdle();
    const { consumers } = await jetstreamManager(connection);
    const info = await consumers.info(streams.commands, options.durable);
    const leader = cluster.servers[Number(info.cluster?.leader?.slice(1)) - 1];
    await leader?.kill();
    await send('after');
    await eventually(() => handled.size === 2);
    await consumer.whenIdle();
    expect([...handled]).toEqual(['before', 'after']);
    await consumer.stop();
  });
});
