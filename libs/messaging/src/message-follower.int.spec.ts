import { eventually, startEmbeddedTestNats, type EmbeddedTestNats } from '@signalbox/testing';
import { publishDurably } from './durable-publish.ts';
import { followMessages } from './message-follower.ts';
import { headers } from '@nats-io/nats-core';
import type { ReceivedMessage } from './received-message.ts';
import { streams } from './subjects.ts';

describe('the follower of messages', () => {
  let nats: EmbeddedTestNats;

  beforeAll(async () => {
    nats = await startEmbeddedTestNats();
  });
  afterAll(() => nats.stop());

  const room = (env: string) => {
    const seen: ReceivedMessage[] = [];
    const bodies = () => seen.map(({ bytes }) => new TextDecoder().decode(bytes));
    const publish = async (body: string): Promise<number> => {
      const all = headers();
      all.set('Ce-Type', body);
      const message = { subject: `signals.${env}.s.t`, headers: all, bytes: Buffer.from(body) };
      return (await publishDurably(nats.connection, message)).seq;
    };
    const options = {
      connection: nats.connection,
      stream: streams.signals,
      filter: `signals.${env}.>`,
      from: 1,
      aheadMax: 10,
      handle: (message: ReceivedMessage) => void seen.push(message),
    };
    return { seen, bodies, publish, options };
  };

  it('hands over what stands in the stream from a sequence on, and what comes', async () => {
    const { seen, bodies, publish, options } = room('begin');
    await publish('a');
    const from = await publish('b');
    const follower = await followMessages({ ...options, from });
    await publish('c');
    await eventually(() => seen.length === 2);
    expect(bodies()).toEqual(['b', 'c']);
    expect(seen[0]).toMatchObject({
      stream: 'SIGNALS',
      subject: 'signals.begin.s.t',
      sequence: from,
      headers: { 'ce-type': 'b' },
    });
    expect(follower.left).toBe(0);
    await follower.stop();
  });

  it('leaves the bodies out when asked to', async () => {
    const { seen, publish, options } = room('headers');
    await publish('a');
    const follower = await followMessages({ ...options, headersOnly: true });
    await eventually(() => seen.length === 1);
    expect(seen[0]).toMatchObject({ headers: { 'ce-type': 'a' } });
    expect(seen[0]?.bytes).toHaveLength(0);
    await follower.stop();
  });

  it('says how much of what stood in the stream is left, while a handler holds it', async () => {
    const { seen, publish, options } = room('held');
    for (let i = 0; i < 50; i++) await publish(`${i}`);
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const handle = async (message: ReceivedMessage) => {
      seen.push(message);
      await released;
    };
    const follower = await followMessages({ ...options, handle });
    await eventually(() => seen.length === 1);
    await publish('more');
    expect(follower.left).toBe(50);
    release();
    await eventually(() => seen.length === 51);
    expect(follower.left).toBe(0);
    await follower.stop();
  });

  it('goes on where it was when the server comes back, with no message lost or twice', async () => {
    const { seen, bodies, publish, options } = room('restart');
    const follower = await followMessages(options);
    await publish('a');
    await eventually(() => seen.length === 1);
    for (const [n, body] of ['b', 'c'].entries()) {
      const silentSince = follower.heardAt;
      await nats.server.kill();
      await nats.server.restart();
      await publish(body);
      await eventually(() => seen.length === n + 2);
      expect(follower.heardAt).toBeGreaterThan(silentSince);
    }
    expect(bodies()).toEqual(['a', 'b', 'c']);
    await follower.stop();
  });
});
