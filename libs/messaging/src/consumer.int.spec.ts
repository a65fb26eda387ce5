import { AckPolicy } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { AppError } from '@signalbox/kernel';
import { createConnection } from 'node:net';
import { eventually } from '@signalbox/testing';
import { count, room, startBroker, type Broker } from './broker.fixture.spec.ts';
import { consume, type RunningConsumer } from './consumer.ts';
import { publishDeadLetter, redriveDeadLetter } from './dead-letters.ts';
import type { ReceivedMessage } from './received-message.ts';
import { streams } from './subjects.ts';
import { superseded } from './superseded.ts';

const unavailable = () =>
  new AppError({ code: 'down', kind: 'unavailable', message: 'the provider is down' });
const invalid = (message = 'no such field') =>
  new AppError({ code: 'wrong', kind: 'invalid', message });
const ignore = async (): Promise<void> => undefined;

/** What a client of another language may send: the header block as it is. */
async function rawPublish(url: string, subject: string, block: string): Promise<void> {
  const { hostname, port } = new URL(url);
  const socket = createConnection({ host: hostname, port: Number(port) });
  const { length } = Buffer.from(block);
  socket.write('CONNECT {"verbose":false,"headers":true}\r\n');
  socket.write(`HPUB ${subject} ${length} ${length + 2}\r\n${block}{}\r\nPING\r\n`);
  await new Promise<void>((resolve) => {
    socket.on('data', (chunk) => chunk.toString().includes('PONG') && resolve());
  });
  socket.destroy();
}

/** A process that stands still for some seconds still says in time that it is at work. */
const SHORT_ACK_WAIT_MS = 5_000;

describe('consume', () => {
  let broker: Broker;
  const running: RunningConsumer[] = [];

  beforeAll(async () => {
    broker = await startBroker();
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((consumer) => consumer.stop(100)));
  });
  afterAll(() => broker.stop());

  const start = async (options: Parameters<typeof consume>[0]): Promise<RunningConsumer> => {
    const consumer = await consume(options);
    running.push(consumer);
    return consumer;
  };

  it('acknowledges what was handled, with the message as it was published', async () => {
    const { options, publish, subjects, env } = room(broker);
    const seen: ReceivedMessage[] = [];
    const sequence = await publish('go', '{"a":1}', { 'X-Note': 'ä' });
    const consumer = await start({ ...options, handle: async (m) => void seen.push(m) });
    await consumer.whenIdle();
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({
      stream: 'COMMANDS',
      subject: `cmd.${env}.svc.go`,
      sequence,
      deliveries: 1,
      headers: { 'x-note': 'ä' },
    });
    expect(Buffer.from(seen[0]!.bytes).toString()).toBe('{"a":1}');
    expect(Math.abs(Date.now() - seen[0]!.time.getTime())).toBeLessThan(60_000);
    expect(await count(broker.manager, streams.commands, subjects.commandsOf('svc'))).toBe(0);
  });

  it('SIG-5: a header that our client library cannot read silences nobody', async () => {
    const { options, subjects, publish, deadLetters } = room(broker);
    const handled: string[] = [];
    await rawPublish(
      broker.url,
      subjects.command('svc', 'odd'),
      'NATS/1.0\r\nbad name: x\r\nA: 1\r\n\r\n',
    );
    await publish('fine');
    await start({
      ...options,
      handle: async ({ subject, headers }) => {
        handled.push(subject);
        if (headers['bad name'] !== undefined) throw invalid('an odd header');
      },
    });
    await eventually(() => handled.length === 2);
    await eventually(async () => (await deadLetters()).length === 1);
    expect((await deadLetters())[0]).toMatchObject({ message: 'an odd header' });
  });

  it('tries again with growing pauses, then is done', async () => {
    const { options, publish, deadLetters } = room(broker);
    const at: number[] = [];
    await publish('go');
    const consumer = await start({
      ...options,
      backoffMs: [100, 400],
      handle: async () => {
        if (at.push(performance.now()) < 4) throw unavailable();
      },
    });
    await eventually(() => at.length === 4);
    await consumer.whenIdle();
    const pauses = at.slice(1).map((t, i) => t - at[i]!);
    expect(pauses[0]).toBeGreaterThanOrEqual(95);
    expect(pauses[1]).toBeGreaterThanOrEqual(395);
    expect(pauses[2]).toBeGreaterThanOrEqual(395);
    expect(await deadLetters()).toEqual([]);
  });

  it('makes a dead letter of what is wrong, whole and with its cause', async () => {
    const { options, publish, deadLetters, env } = room(broker);
    const sequence = await publish('go', 'not json', { 'ce-id': 'x', 'Nats-Msg-Id': 'm1' });
    const message = `line one\nline two ${'ü'.repeat(2_000)}`;
    const consumer = await start({ ...options, handle: () => Promise.reject(invalid(message)) });
    const [letter] = await eventually(async () => {
      const found = await deadLetters();
      return found.length === 1 && found;
    });
    await consumer.whenIdle();
    expect(letter).toMatchObject({
      service: 'svc',
      code: 'wrong',
      stream: 'COMMANDS',
      subject: `cmd.${env}.svc.go`,
      originalSequence: sequence,
      deliveries: 1,
    });
    expect(letter?.message).toMatch(/^line one line two ü+…$/);
    expect(Buffer.byteLength(letter!.message)).toBeLessThanOrEqual(1024);
    expect(Buffer.from(letter!.bytes).toString()).toBe('not json');
    const stored = await broker.manager.streams.getMessage(streams.deadLetters, {
      seq: letter!.sequence,
    });
    expect(stored?.header.get('ce-id')).toBe('x');
  });

  it('leaves a delivery alone that says it is superseded', async () => {
    const { options, publish, deadLetters } = room(broker);
    const at: number[] = [];
    await publish('go');
    const consumer = await start({
      ...options,
      ackWaitMs: 600,
      backoffMs: [10],
      handle: async () => {
        if (at.push(performance.now()) === 1) throw superseded();
      },
    });
    await eventually(() => at.length === 2);
    await consumer.whenIdle();
    expect(at[1]! - at[0]!).toBeGreaterThanOrEqual(550);
    expect(await deadLetters()).toEqual([]);
  });

  it('gives up on a bug after bugDeliveriesMax deliveries', async () => {
    const { options, publish, deadLetters } = room(broker);
    await publish('go');
    let calls = 0;
    const consumer = await start({
      ...options,
      backoffMs: [10],
      bugDeliveriesMax: 3,
      handle: async () => {
        calls++;
        throw new TypeError('x is undefined');
      },
    });
    await eventually(async () => (await deadLetters()).length === 1);
    await consumer.whenIdle();
    expect(calls).toBe(3);
    expect((await deadLetters())[0]).toMatchObject({ code: 'unexpected', deliveries: 3 });
  });

  it('never ends a message before its dead letter is on disk', async () => {
    const { options, publish, deadLetters, subjects } = room(broker);
    const { streams: admin } = broker.manager;
    await admin.update(streams.deadLetters, { max_msg_size: 1 });
    await publish('go');
    let calls = 0;
    const consumer = await start({
      ...options,
      backoffMs: [50],
      handle: async () => {
        calls++;
        throw invalid();
      },
    });
    await eventually(() => calls === 3);
    expect(await count(broker.manager, streams.commands, subjects.commandsOf('svc'))).toBe(1);
    await admin.update(streams.deadLetters, { max_msg_size: -1 });
    await consumer.whenIdle();
    expect(await deadLetters()).toHaveLength(1);
    expect(await count(broker.manager, streams.commands, subjects.commandsOf('svc'))).toBe(0);
  });

  it('makes one dead letter when it was killed between that and the end of the message', async () => {
    const { options, publish, deadLetters, subjects } = room(broker);
    const sequence = await publish('go');
    // What a consumer had done when it was killed:
    await publishDeadLetter(broker.connection, options.deadLetterSubject, {
      service: 'svc',
      error: invalid(),
      source: {
        stream: streams.commands,
        subject: subjects.command('svc', 'go'),
        sequence,
        time: new Date(),
        deliveries: 1,
        headers: {},
        bytes: new Uint8Array(),
      },
    });
    const consumer = await start({ ...options, handle: () => Promise.reject(invalid()) });
    await consumer.whenIdle();
    expect(await deadLetters()).toHaveLength(1);
  });

  it('puts a dead letter back, once, on its original subject', async () => {
    const { options, publish, deadLetters } = room(broker);
    let broken = true;
    const handled: string[] = [];
    const consumer = await start({
      ...options,
      handle: async (message) => {
        if (broken) throw invalid();
        handled.push(`${message.headers['x-note']} ${Buffer.from(message.bytes).toString()}`);
        expect(Object.keys(message.headers).filter((n) => n.startsWith('signalbox-'))).toEqual([]);
      },
    });
    await publish('go', 'body', { 'x-note': 'kept', 'Nats-Msg-Id': 'm2' });
    const [letter] = await eventually(async () => {
      const found = await deadLetters();
      return found.length === 1 && found;
    });
    broken = false;
    await redriveDeadLetter(broker.connection, letter!.sequence);
    await eventually(() => handled.length === 1);
    await consumer.whenIdle();
    expect(handled).toEqual(['kept body']);
    expect(await deadLetters()).toEqual([]);
    await expect(redriveDeadLetter(broker.connection, letter!.sequence)).rejects.toMatchObject({
      code: 'dead_letter_not_found',
    });
  });

  it('keeps a slow message its own while the handler runs', async () => {
    const { options, publish } = room(broker);
    const ackWaitMs = SHORT_ACK_WAIT_MS;
    const deliveries: number[] = [];
    await publish('go');
    const begun = performance.now();
    const handle = async (message: ReceivedMessage): Promise<void> => {
      deliveries.push(message.deliveries);
      await eventually(() => performance.now() - begun > 2 * ackWaitMs);
    };
    const consumer = await start({ ...options, ackWaitMs, handle });
    await start({ ...options, ackWaitMs, handle });
    await consumer.whenIdle();
    expect(deliveries).toEqual([1]);
  });

  it('handles no more than `concurrency` at once, and all in the end', async () => {
    const { options, publish } = room(broker);
    for (let i = 0; i < 12; i++) await publish('go');
    let now = 0;
    let most = 0;
    let done = 0;
    const gate = Promise.withResolvers<void>();
    const consumer = await start({
      ...options,
      concurrency: 3,
      handle: async () => {
        most = Math.max(most, ++now);
        await gate.promise;
        now--;
        done++;
      },
    });
    await eventually(() => now === 3);
    const { num_ack_pending } = await broker.manager.consumers.info(
      streams.commands,
      options.durable,
    );
    expect(num_ack_pending).toBe(3);
    gate.resolve();
    await consumer.whenIdle();
    expect([most, done]).toEqual([3, 12]);
  });

  it('lets no bad message hold up those behind it', async () => {
    const { options, publish } = room(broker);
    const handled: string[] = [];
    await publish('bad');
    for (let i = 0; i < 5; i++) await publish('good');
    await start({
      ...options,
      concurrency: 1,
      backoffMs: [60_000],
      handle: async ({ subject }) => {
        if (subject.endsWith('bad')) throw unavailable();
        handled.push(subject);
      },
    });
    await eventually(() => handled.length === 5);
    expect(handled.every((subject) => subject.endsWith('good'))).toBe(true);
  });

  it('hands what it could not finish to another replica at once', async () => {
    const { options, publish } = room(broker);
    const stuck = Promise.withResolvers<void>();
    const taken: string[] = [];
    const first = await start({
      ...options,
      handle: async () => {
        taken.push('first');
        await stuck.promise;
      },
    });
    await publish('go');
    await eventually(() => taken.length === 1);
    const connection = await connect({ servers: broker.url });
    const second = await start({
      ...options,
      connection,
      handle: async ({ deliveries }) => void taken.push(`second ${deliveries}`),
    });
    const begun = performance.now();
    await first.stop(50);
    await eventually(() => taken.length === 2);
    expect(performance.now() - begun).toBeLessThan(options.ackWaitMs / 2);
    stuck.resolve();
    await second.whenIdle();
    expect(taken).toEqual(['first', 'second 2']);
    await second.stop();
    await connection.close();
  });

  it('loses nothing when replicas stop amid a stream of messages', async () => {
    const { options, publish } = room(broker);
    const handled = new Set<string>();
    const handle = async ({ bytes }: ReceivedMessage): Promise<void> =>
      void handled.add(Buffer.from(bytes).toString());
    const messages = 600;
    const sent = Promise.all(
      [0, 1, 2].map(async (third) => {
        for (let i = third; i < messages; i += 3) await publish('go', String(i));
      }),
    );
    const begun = performance.now();
    for (let replica = 1; replica <= 20; replica++) {
      const consumer = await start({ ...options, handle });
      await eventually(() => handled.size >= replica * 20);
      await consumer.stop();
    }
    await sent;
    await (await start({ ...options, handle })).whenIdle();
    expect(handled.size).toBe(messages);
    // A message lost on its way to a replica that stopped would come back after the ack wait.
    expect(performance.now() - begun).toBeLessThan(options.ackWaitMs / 2);
  });

  it('makes the consumer again when it was deleted', async () => {
    const { options, publish, logged } = room(broker);
    const handled: string[] = [];
    await start({ ...options, handle: async ({ subject }) => void handled.push(subject) });
    const { consumers } = broker.manager;
    await eventually(async () => {
      const { num_waiting } = await consumers.info(streams.commands, options.durable);
      return num_waiting === 1;
    });
    await consumers.delete(streams.commands, options.durable);
    await publish('after');
    await eventually(() => handled.length === 1);
    expect(logged.join()).toMatch(/Consumer Deleted/i);
  });

  it('takes over a consumer that an older release made', async () => {
    const { options, publish } = room(broker);
    const { stream, durable, filters: filter_subjects } = options;
    const { consumers } = broker.manager;
    const ack_policy = AckPolicy.Explicit;
    await consumers.add(stream, { durable_name: durable, ack_policy, filter_subjects });
    await publish('go');
    const taken: string[] = [];
    await start({ ...options, handle: async ({ subject }) => void taken.push(subject) });
    await eventually(() => taken.length === 1);
    const { config } = await consumers.info(stream, durable);
    expect(config.max_deliver).toBe(options.deliveriesMax);
  });

  it('takes new settings when it is made again', async () => {
    const { options } = room(broker);
    await start({ ...options, handle: ignore });
    await start({ ...options, ackWaitMs: 5_000, deliveriesMax: 7, handle: ignore });
    const { config } = await broker.manager.consumers.info(streams.commands, options.durable);
    expect(config).toMatchObject({ ack_wait: 5_000_000_000, max_deliver: 7 });
  });

  it('goes on after the server was killed and started again', async () => {
    const { options, publish } = room(broker);
    const handled: string[] = [];
    const consumer = await start({
      ...options,
      // A killed server may not remember the last settlements; it then waits this long.
      ackWaitMs: 1_000,
      handle: async (message) => void handled.push(Buffer.from(message.bytes).toString()),
    });
    await publish('go', 'before');
    await eventually(() => handled.length === 1);
    await consumer.whenIdle();
    await broker.server.kill();
    await broker.server.restart();
    // What is sent while the connection is lost may wait for an answer that never comes.
    await eventually(() => broker.connection.rtt().catch(() => undefined));
    await eventually(() => publish('go', 'after').catch(() => undefined));
    await eventually(() => handled.includes('after'));
    await consumer.whenIdle();
    expect(handled[0]).toBe('before');
  });

  it('settles what was handled while the server was away, without handling it again', async () => {
    const { options, publish } = room(broker);
    const deliveries: number[] = [];
    const gate = Promise.withResolvers<void>();
    const consumer = await start({
      ...options,
      handle: async (message) => {
        deliveries.push(message.deliveries);
        await gate.promise;
      },
    });
    await publish('go');
    await eventually(() => deliveries.length === 1);
    // In order: a killed server may have forgotten that it delivered the message at all.
    await broker.server.stop();
    gate.resolve();
    await broker.server.restart();
    await eventually(() => broker.connection.rtt().catch(() => undefined));
    await consumer.whenIdle();
    expect(deliveries).toEqual([1]);
  });
});
