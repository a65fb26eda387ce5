import { jetstream, jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { eventually, startTestNats, type TestNats } from '@signalbox/testing';
import { count, room } from './broker.fixture.spec.ts';
import { ensureConsumer } from './consumer-settings.ts';
import { moveExhausted, startMaxDeliveriesMover } from './max-deliveries.mover.ts';
import { streams } from './subjects.ts';

describe('the mover of exhausted messages', () => {
  let nats: TestNats;
  let manager: JetStreamManager;
  beforeAll(async () => {
    nats = await startTestNats();
    manager = await jetstreamManager(nats.connection);
  });
  afterAll(() => nats.stop());

  it('makes a dead letter of a message whose handler dies each time, once', async () => {
    const { connection } = nats;
    const { options, publish, deadLetters, env, subjects } = room(nats);
    const sequence = await publish('poison', 'kills', { 'x-note': 'kept' });
    await ensureConsumer(connection, { ...options, ackWaitMs: 200, deliveriesMax: 2 });
    const mover = await startMaxDeliveriesMover({ connection, env, logger: options.logger });
    // A process that takes the message and is killed, as often as it may be:
    const consumer = await jetstream(connection).consumers.get(streams.commands, options.durable);
    for (let taken = 0; taken < 2;) if (await consumer.next({ expires: 1_000 })) taken++;
    // The server notices when the message is due again.
    const waiting = consumer.next({ expires: 2_000 });
    const [letter] = await eventually(async () => {
      const found = await deadLetters();
      return found.length === 1 && found;
    });
    expect(letter).toMatchObject({
      service: 'svc',
      code: 'deliveries_exhausted',
      subject: subjects.command('svc', 'poison'),
      originalSequence: sequence,
      deliveries: 2,
    });
    expect(Buffer.from(letter!.bytes).toString()).toBe('kills');
    await mover.whenIdle();
    expect(await count(manager, streams.commands, subjects.commandsOf('svc'))).toBe(0);
    expect(await waiting).toBeNull();
    await mover.stop();
  });

  it('changes nothing when it is told again', async () => {
    const { connection } = nats;
    const { options, publish, deadLetters, subjects, env } = room(nats);
    const sequence = await publish('poison');
    await ensureConsumer(connection, options);
    const { durable: consumer } = options;
    const advisory = { stream: streams.commands, consumer, stream_seq: sequence, deliveries: 2 };
    const notice = {
      stream: streams.advisories,
      subject: 'notice',
      sequence: 1,
      time: new Date(),
      deliveries: 1,
      headers: {},
      bytes: Buffer.from(JSON.stringify(advisory)),
    };
    await moveExhausted(connection, 'other', notice);
    expect(await deadLetters()).toEqual([]);
    await moveExhausted(connection, env, notice);
    await moveExhausted(connection, env, notice);
    expect(await deadLetters()).toHaveLength(1);
    expect(await count(manager, streams.commands, subjects.commandsOf('svc'))).toBe(0);
  });
});
