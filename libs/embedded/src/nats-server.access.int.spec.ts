import { chmod, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { connect, type NatsConnection } from '@nats-io/transport-node';

import { startNatsServer, type NatsServer } from './nats-server.ts';

const access = { user: 'owner', password: '9 secret"', openSubjects: 'open.>' };

describe('a nats-server with access', () => {
  let storeDir: string;
  let server: NatsServer;
  let owner: NatsConnection;
  let guest: NatsConnection;

  const ask = async (subject: string, body: unknown): Promise<Record<string, unknown>> =>
    (await owner.request(subject, JSON.stringify(body))).json();
  const messagesIn = async (stream: string): Promise<unknown> => {
    const { state } = await ask(`$JS.API.STREAM.INFO.${stream}`, {});
    return (state as { messages: number }).messages;
  };
  const asOwner = (pass = access.password) =>
    connect({ servers: `127.0.0.1:${server.port}`, user: access.user, pass });
  const connectBoth = async () => {
    owner = await asOwner();
    guest = await connect({ servers: `127.0.0.1:${server.port}` });
  };

  // A store from before there was access, on which it begins.
  beforeAll(async () => {
    storeDir = await mkdtemp(join(tmpdir(), 'signalbox-nats-'));
    server = await startNatsServer({ storeDir });
    owner = await connect({ servers: server.url });
    await ask('$JS.API.STREAM.CREATE.OPEN', { name: 'OPEN', subjects: ['open.>'] });
    await ask('$JS.API.STREAM.CREATE.OWN', { name: 'OWN', subjects: ['own.>'] });
    await ask('own.one', 'kept');
    await owner.close();
    await server.stop();
    await chmod(join(storeDir, 'nats-server.conf'), 0o644);
    server = await startNatsServer({ storeDir, access });
    await connectBoth();
  });
  afterAll(async () => {
    await guest.close();
    await owner.close();
    await server.stop();
    await rm(storeDir, { recursive: true });
  });

  it('keeps the streams from before, also through its own restart', async () => {
    expect(await messagesIn('OWN')).toBe(1);
    await Promise.all([owner.close(), guest.close(), server.stop()]);
    await server.restart();
    await connectBoth();
    expect(await messagesIn('OWN')).toBe(1);
  });

  it('acknowledges to a guest what it publishes on the open subjects', async () => {
    const ack = (await guest.request('open.a', 'from a guest')).json();
    expect(ack).toMatchObject({ stream: 'OPEN' });
  });

  it('has no acknowledgement published where only the owner may', async () => {
    const before = (await messagesIn('OPEN')) as number;
    guest.publish('open.a', 'x', { reply: 'own.forged' });
    await guest.request('open.a', 'the next one');
    expect(await messagesIn('OPEN')).toBe(before + 2);
    expect(await messagesIn('OWN')).toBe(1);
  });

  it('takes no wrong password, and not as a guest either', async () => {
    await expect(asOwner('wrong')).rejects.toThrow(/authorization/i);
  });

  it('has its password in its URL and in no file that others may read', async () => {
    expect(server.url).toBe(`nats://owner:9%20secret%22@127.0.0.1:${server.port}`);
    expect((await stat(join(storeDir, 'nats-server.conf'))).mode & 0o077).toBe(0);
  });
});
