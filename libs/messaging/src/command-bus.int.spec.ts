import {
  AppError,
  defineCommand,
  newId,
  SystemClock,
  type ReceivedCommand,
} from '@signalbox/kernel';
import { eventually } from '@signalbox/testing';
import { z } from 'zod';
import { contextFor, count, room, startBroker, type Broker } from './broker.fixture.spec.ts';
import { dispatchCommand } from './command-dispatch.ts';
import { consume, type RunningConsumer } from './consumer.ts';
import { JetStreamCommandBus } from './jetstream-command-bus.ts';
import { streams } from './subjects.ts';

const add = defineCommand({
  service: 'svc',
  name: 'add',
  summary: 'Adds.',
  schema: z.object({ a: z.number(), b: z.number() }),
});

describe('JetStreamCommandBus', () => {
  let broker: Broker;
  const running: RunningConsumer[] = [];

  beforeAll(async () => {
    broker = await startBroker();
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((consumer) => consumer.stop(100)));
  });
  afterAll(() => broker.stop());

  type Handle = (command: ReceivedCommand<{ a: number; b: number }>) => Promise<unknown>;

  const withHandler = async (handle: Handle) => {
    const place = room(broker);
    const { connection } = broker;
    const bound = { definition: add, handle: handle as (c: ReceivedCommand) => Promise<unknown> };
    const consumer = await consume({
      ...place.options,
      backoffMs: [50],
      handle: (message) => dispatchCommand(connection, new Map([['add', bound]]), message),
    });
    running.push(consumer);
    const bus = new JetStreamCommandBus({
      connection,
      env: place.env,
      source: 'service:spec',
      clock: new SystemClock(),
    });
    return { ...place, consumer, bus };
  };

  it('carries the id, the data and the context to the handler, once for one id', async () => {
    const received: ReceivedCommand[] = [];
    const { bus, consumer } = await withHandler(async (command) => void received.push(command));
    const id = newId();
    const context = { ...contextFor(), actor: 'person:Zoë, ops' } as const;
    await bus.send(add.of({ a: 1, b: 2 }), { id, context });
    await bus.send(add.of({ a: 1, b: 2 }), { id, context });
    await consumer.whenIdle();
    expect(received).toEqual([
      {
        id,
        data: { a: 1, b: 2 },
        deliveries: 1,
        ...context,
        traceparent: expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/),
      },
    ]);
  });

  it('stores many that are sent at once together, and each id once', async () => {
    const { connection, manager } = broker;
    const { env, subjects } = room(broker);
    const bus = new JetStreamCommandBus({
      connection,
      env,
      source: 'service:spec',
      clock: new SystemClock(),
    });
    const ids = Array.from({ length: 200 }, () => newId());
    const context = contextFor();
    const send = (id: string) => bus.send(add.of({ a: 1, b: 2 }), { id, context });
    const [first = '', second = ''] = ids;
    await send(first);
    await Promise.all([...ids, second].map(send));
    expect(await count(manager, streams.commands, subjects.commandsOf('svc'))).toBe(ids.length);
    const query = { last_by_subj: subjects.command('svc', 'add') };
    const last = await manager.streams.getMessage(streams.commands, query);
    expect(last?.header.get('Nats-Batch-Id')).not.toBe('');
  });

  it('continues the trace with a span of the hop', async () => {
    const received: ReceivedCommand[] = [];
    const { bus, consumer } = await withHandler(async (command) => void received.push(command));
    const traceparent = `00-${'ab'.repeat(16)}-${'cd'.repeat(8)}-01`;
    await bus.send(add.of({ a: 1, b: 2 }), {
      id: newId(),
      context: { ...contextFor(), traceparent },
    });
    await consumer.whenIdle();
    expect(received[0]?.traceparent).toMatch(new RegExp(`^00-${'ab'.repeat(16)}-[0-9a-f]{16}-01$`));
    expect(received[0]?.traceparent).not.toBe(traceparent);
  });

  it('gives the handler’s answer, and again for the same id', async () => {
    const { bus } = await withHandler(async ({ data }) => ({ sum: data.a + data.b }));
    const options = { id: newId(), context: contextFor(), waitMs: 30_000 };
    expect(await bus.request(add.of({ a: 1, b: 2 }), options)).toEqual({ sum: 3 });
    expect(await bus.request(add.of({ a: 1, b: 2 }), options)).toEqual({ sum: 3 });
  });

  it('answers null for a handler that returns nothing', async () => {
    const { bus } = await withHandler(async () => undefined);
    const options = { id: newId(), context: contextFor(), waitMs: 30_000 };
    expect(await bus.request(add.of({ a: 1, b: 2 }), options)).toBeNull();
  });

  it.each(['missing', 'conflict', 'gone'] as const)(
    'throws a `%s` as the handler threw it, with no dead letter and no second try',
    async (kind) => {
      let calls = 0;
      const { bus, consumer, deadLetters } = await withHandler(async () => {
        calls++;
        const fields = [{ field: 'a', problem: 'is odd' }];
        throw new AppError({ code: 'refused_it', kind, message: 'no', fields });
      });
      const options = { id: newId(), context: contextFor(), waitMs: 30_000 };
      const asked = bus.request(add.of({ a: 1, b: 2 }), options);
      await expect(asked).rejects.toMatchObject({
        code: 'refused_it',
        kind,
        message: 'no',
        fields: [{ field: 'a', problem: 'is odd' }],
      });
      await consumer.whenIdle();
      expect(calls).toBe(1);
      expect(await deadLetters()).toEqual([]);
    },
  );

  it('tries a conflict again when nobody waits', async () => {
    let calls = 0;
    const { bus, consumer } = await withHandler(async () => {
      if (++calls < 3) throw new AppError({ code: 'raced', kind: 'conflict', message: 'raced' });
    });
    await bus.send(add.of({ a: 1, b: 2 }), { id: newId(), context: contextFor() });
    await consumer.whenIdle();
    expect(calls).toBe(3);
  });

  it('waits through a failure that is tried again', async () => {
    let calls = 0;
    const { bus } = await withHandler(async () => {
      if (++calls < 3) throw new AppError({ code: 'down', kind: 'unavailable', message: 'down' });
      return 'at last';
    });
    const options = { id: newId(), context: contextFor(), waitMs: 30_000 };
    expect(await bus.request(add.of({ a: 1, b: 2 }), options)).toBe('at last');
  });

  it('throws `no_answer_yet` after waitMs, and the command is still carried out', async () => {
    const gate = Promise.withResolvers<void>();
    let done = false;
    const { bus, consumer } = await withHandler(async () => {
      await gate.promise;
      done = true;
    });
    const options = { id: newId(), context: contextFor(), waitMs: 200 };
    const asked = bus.request(add.of({ a: 1, b: 2 }), options);
    await expect(asked).rejects.toMatchObject({ code: 'no_answer_yet', kind: 'unavailable' });
    gate.resolve();
    await consumer.whenIdle();
    expect(done).toBe(true);
  });

  it('publishes again when the server does not answer, and the command is there once', async () => {
    const { connection, manager, server } = broker;
    const { env, subjects } = room(broker);
    const clock = new SystemClock();
    const bus = new JetStreamCommandBus({ connection, env, source: 'service:spec', clock });
    server.suspend();
    const sent = bus.send(add.of({ a: 1, b: 2 }), { id: newId(), context: contextFor() });
    const begun = performance.now();
    // Longer than one attempt waits, so at least two were made.
    await eventually(() => performance.now() - begun > 5_500);
    server.resume();
    await sent;
    expect(await count(manager, streams.commands, subjects.commandsOf('svc'))).toBe(1);
  });

  it('says `unavailable` when no server takes the command', async () => {
    const { connection, server } = broker;
    const { env } = room(broker);
    const bus = new JetStreamCommandBus({
      connection,
      env,
      source: 'service:spec',
      clock: new SystemClock(),
    });
    await server.kill();
    const sent = bus.send(add.of({ a: 1, b: 2 }), { id: newId(), context: contextFor() });
    await expect(sent).rejects.toMatchObject({ code: 'publish_unconfirmed', kind: 'unavailable' });
    await server.restart();
    await eventually(() =>
      connection.rtt().then(
        () => true,
        () => false,
      ),
    );
  });

  it('says `too_large` at once for what the stream never takes', async () => {
    const { connection } = broker;
    const { env } = room(broker);
    const note = defineCommand({ ...add, name: 'note', schema: z.object({ text: z.string() }) });
    const clock = new SystemClock();
    const bus = new JetStreamCommandBus({ connection, env, source: 'service:spec', clock });
    const send = (length: number) =>
      bus.send(note.of({ text: 'x'.repeat(length) }), { id: newId(), context: contextFor() });
    await expect(send(300 * 1024)).rejects.toMatchObject({ kind: 'too_large' });
    await expect(send(10 * 1024 * 1024)).rejects.toMatchObject({ kind: 'too_large' });
  });
});
