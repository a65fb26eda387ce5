import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { connect } from '@nats-io/transport-node';

import { startNatsServer, type NatsServer } from './nats-server.ts';

describe('startNatsServer', () => {
  let storeDir: string;
  let server: NatsServer;
  beforeEach(async () => {
    storeDir = await mkdtemp(join(tmpdir(), 'signalbox-nats-'));
    server = await startNatsServer({ storeDir });
  });
  afterEach(async () => {
    await server.stop();
    await rm(storeDir, { recursive: true });
  });

  async function ask(subject: string, body: unknown): Promise<Record<string, unknown>> {
    const connection = await connect({ servers: server.url });
    try {
      return (await connection.request(subject, JSON.stringify(body))).json();
    } finally {
      await connection.close();
    }
  }

  async function storeOne(): Promise<void> {
    await ask('$JS.API.STREAM.CREATE.S', { name: 'S', subjects: ['s.>'], storage: 'file' });
    expect(await ask('s.one', 'hello')).toMatchObject({ stream: 'S', seq: 1 });
  }

  it('keeps what it acknowledged through kill -9', async () => {
    await storeOne();
    await server.kill();
    await server.restart();
    expect(await ask('$JS.API.STREAM.INFO.S', {})).toMatchObject({ state: { messages: 1 } });
  });

  it('says in one line that the port is in use', async () => {
    const other = await mkdtemp(join(tmpdir(), 'signalbox-nats-'));
    await expect(startNatsServer({ storeDir: other, port: server.port })).rejects.toMatchObject({
      code: 'server_not_started',
      message: `nats-server did not start: port ${server.port} is in use`,
    });
    await rm(other, { recursive: true });
  });

  it('does not share a store that a running process of ours holds', async () => {
    await expect(startNatsServer({ storeDir })).rejects.toMatchObject({ code: 'state_in_use' });
    expect(await ask('$JS.API.INFO', {})).toHaveProperty('streams', 0);
  });

  it('refuses a damaged store instead of leaving a stream out', async () => {
    await storeOne();
    await server.stop();
    await truncate(join(storeDir, 'jetstream', '$G', 'streams', 'S', 'meta.inf'), 20);
    await expect(server.restart()).rejects.toMatchObject({
      message: expect.stringContaining(`${storeDir} is damaged: Stream metafile`),
    });
  });

  it('says in one line that the store is no folder', async () => {
    const file = join(storeDir, 'a-file');
    await writeFile(file, '');
    await expect(startNatsServer({ storeDir: file })).rejects.toThrow(`${file} cannot be written`);
  });
});
