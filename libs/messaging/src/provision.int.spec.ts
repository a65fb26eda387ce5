import {
  DiscardPolicy,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
  StoreCompression,
} from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { connect } from '@nats-io/transport-node';
import { startNatsServer, type NatsServer } from '@signalbox/embedded';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { provision } from './provision.ts';
import { streams } from './subjects.ts';
import { topology } from './topology.ts';

describe('provisioning', () => {
  let storeDir: string;
  let server: NatsServer;
  let connection: NatsConnection;

  beforeEach(async () => {
    storeDir = await mkdtemp(join(tmpdir(), 'signalbox-provision-'));
    server = await startNatsServer({ storeDir });
    connection = await connect({ servers: server.url });
  });

  afterEach(async () => {
    await connection.close();
    await server.stop();
    await rm(storeDir, { recursive: true });
  });

  it('makes every stream as it is written down, and changes nothing the second time', async () => {
    const manager = await jetstreamManager(connection);
    await provision(connection, { replicas: 1 });
    const configs = [];
    for (const { name } of topology) configs.push((await manager.streams.info(name)).config);
    expect(configs).toMatchObject(topology);
    await provision(connection, { replicas: 1 });
    for (const config of configs) {
      expect((await manager.streams.info(config.name)).config).toEqual(config);
    }
  });

  it('keeps what is in the audit stream from being removed', async () => {
    await provision(connection, { replicas: 1 });
    const manager = await jetstreamManager(connection);
    await connection.request('audit.spec.counter.1', 'x');
    await expect(manager.streams.purge(streams.audit)).rejects.toThrow(/purge/);
    await expect(manager.streams.deleteMessage(streams.audit, 1)).rejects.toThrow(/delete/);
  });

  it('adds the streams that an older release did not have', async () => {
    const manager = await jetstreamManager(connection);
    await provision(connection, { replicas: 1 });
    await connection.request('audit.spec.counter.1', 'x');
    await manager.streams.delete(streams.rates);
    await provision(connection, { replicas: 1 });
    expect((await manager.streams.info(streams.rates)).config).toMatchObject({
      storage: StorageType.Memory,
      allow_msg_counter: true,
    });
    expect((await manager.streams.info(streams.audit)).state.messages).toBe(1);
  });

  it('brings the settings of a stream up to date', async () => {
    const manager = await jetstreamManager(connection);
    await manager.streams.add({ name: streams.deadLetters, subjects: ['dlq.old'] });
    await provision(connection, { replicas: 1 });
    const { config } = await manager.streams.info(streams.deadLetters);
    expect(config).toMatchObject({ subjects: ['dlq.*.*'], discard: DiscardPolicy.New });
  });

  it('compresses nothing, and takes over what an older release did, with all that is in it', async () => {
    const manager = await jetstreamManager(connection);
    const queue = topology.find(({ name }) => name === streams.commands);
    await manager.streams.add({ ...queue!, compression: StoreCompression.S2 });
    await connection.request('cmd.default.svc.go', '{}');
    await provision(connection, { replicas: 1 });
    expect((await manager.streams.info(streams.commands)).state.messages).toBe(1);
    for await (const { config } of manager.streams.list()) {
      expect([config.name, config.compression]).toEqual([config.name, StoreCompression.None]);
    }
  });

  it('refuses a stream that cannot be changed into what is needed, naming it', async () => {
    const manager = await jetstreamManager(connection);
    await manager.streams.add({
      name: streams.audit,
      subjects: ['audit.>'],
      storage: StorageType.Memory,
      retention: RetentionPolicy.Limits,
    });
    await expect(provision(connection, { replicas: 1 })).rejects.toMatchObject({
      code: 'stream_not_updatable',
      message: expect.stringMatching(/AUDIT .*storage/),
    });
  });

  it('refuses a server that is too old', async () => {
    const old = new Proxy(connection, {
      get: (target, name) =>
        name === 'info' ? { ...target.info, version: '2.12.9' } : Reflect.get(target, name, target),
    });
    await expect(provision(old, { replicas: 1 })).rejects.toMatchObject({
      code: 'server_too_old',
      message: expect.stringContaining('2.12.9'),
    });
  });
});
