import { AppError } from '@signalbox/kernel';
import { eventually } from '@signalbox/testing';
import { room, startBroker, type Broker } from './broker.fixture.spec.ts';
import { consume, type ConsumeOptions, type RunningConsumer } from './consumer.ts';
import type { ReceivedMessage } from './received-message.ts';
import { streams } from './subjects.ts';

const MEGABYTE = 1024 * 1024;

/** A process that stands still for some seconds still says in time that it is at work. */
const SHORT_ACK_WAIT_MS = 5_000;

describe('a consumer that holds messages for their turns', () => {
  let broker: Broker;
  const running: RunningConsumer[] = [];

  beforeAll(async () => {
    broker = await startBroker();
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((consumer) => consumer.stop(0)));
  });
  afterAll(() => broker.stop());

  const start = async (options: ConsumeOptions) => {
    const consumer = await consume(options);
    running.push(consumer);
    return consumer;
  };
  const laneOf = ({ subject }: ReceivedMessage) => subject.split('.').at(-1) ?? '';
  const held = async (durable: string) =>
    (await broker.manager.consumers.info(streams.commands, durable)).num_ack_pending;

  it('does not let one lane wait for all that another has waiting', async () => {
    const { options, publish } = room(broker);
    for (let n = 0; n < 20; n++) await publish('flood');
    await publish('calm');
    const handled: string[] = [];
    const gate = Promise.withResolvers<void>();
    const consumer = await start({
      ...options,
      concurrency: 2,
      heldMax: 100,
      laneOf,
      handle: async (message) => {
        handled.push(laneOf(message));
        await gate.promise;
      },
    });
    await eventually(async () => (await held(options.durable)) === 21);
    expect(handled).toEqual(['flood', 'flood']);
    gate.resolve();
    await consumer.whenIdle();
    expect(handled).toHaveLength(21);
    expect(handled.indexOf('calm')).toBeLessThanOrEqual(4);
  });

  it('keeps what waits its own, however long that is', async () => {
    const { options, publish } = room(broker);
    const ackWaitMs = SHORT_ACK_WAIT_MS;
    const deliveries: number[] = [];
    await publish('a');
    await publish('b');
    const begun = performance.now();
    const consumer = await start({
      ...options,
      ackWaitMs,
      concurrency: 1,
      heldMax: 10,
      handle: async (message) => {
        deliveries.push(message.deliveries);
        await eventually(() => performance.now() - begun > 2 * ackWaitMs);
      },
    });
    await consumer.whenIdle();
    expect(deliveries).toEqual([1, 1]);
  });

  it('hands back what it has not begun, for another replica to take at once', async () => {
    const { options, publish } = room(broker);
    for (let n = 0; n < 5; n++) await publish('go');
    const begun: string[] = [];
    const gate = Promise.withResolvers<void>();
    const first = await start({
      ...options,
      concurrency: 1,
      heldMax: 10,
      handle: async () => {
        begun.push('first');
        await gate.promise;
      },
    });
    await eventually(async () => (await held(options.durable)) === 5);
    const stopped = first.stop();
    gate.resolve();
    await stopped;
    const second = await start({ ...options, handle: async () => void begun.push('second') });
    const since = performance.now();
    await second.whenIdle();
    expect(performance.now() - since).toBeLessThan(options.ackWaitMs / 2);
    expect(begun).toEqual(['first', ...Array.from({ length: 4 }, () => 'second')]);
  });

  it('keeps what waits its own also when that is longer than a handler may take', async () => {
    const { options, publish } = room(broker);
    const ackWaitMs = SHORT_ACK_WAIT_MS;
    const handled: string[] = [];
    await publish('slow');
    await publish('waits');
    const begun = performance.now();
    const consumer = await start({
      ...options,
      ackWaitMs,
      handlingMaxMs: ackWaitMs / 2,
      concurrency: 1,
      heldMax: 10,
      handle: async (message) => {
        handled.push(`${laneOf(message)} ${message.deliveries}`);
        if (message.deliveries > 1) return;
        await eventually(() => performance.now() - begun > 2 * ackWaitMs);
      },
    });
    await consumer.whenIdle();
    expect(handled).toEqual(['slow 1', 'waits 1', 'slow 2']);
  });

  it('hands back what waits at once, however long the handlers take that run', async () => {
    const { options, publish } = room(broker);
    for (let n = 0; n < 5; n++) await publish('go');
    const begun: string[] = [];
    const gate = Promise.withResolvers<void>();
    const first = await start({
      ...options,
      concurrency: 1,
      heldMax: 10,
      handle: async () => {
        begun.push('first');
        await gate.promise;
      },
    });
    await eventually(async () => (await held(options.durable)) === 5);
    await start({ ...options, handle: async () => void begun.push('second') });
    const stopped = first.stop(60_000);
    await eventually(() => begun.length === 5);
    expect(begun).toEqual(['first', ...Array.from({ length: 4 }, () => 'second')]);
    gate.resolve();
    await stopped;
  });

  it('AGT-8: hands back at once what it gives up because it stops, however often it was tried', async () => {
    const { options, publish } = room(broker);
    await publish('go');
    const stops = Promise.withResolvers<void>();
    const deliveries: number[] = [];
    const tries = 3;
    const backoffMs = [1, 1, 600_000];
    const first = await start({
      ...options,
      backoffMs,
      handle: async (message) => {
        deliveries.push(message.deliveries);
        if (message.deliveries === tries) await stops.promise;
        throw new AppError({ code: 'away', kind: 'unavailable', message: 'not now' });
      },
    });
    await eventually(() => deliveries.length === tries);
    const stopped = first.stop();
    stops.resolve();
    await stopped;
    const begun = performance.now();
    const second = await start({
      ...options,
      backoffMs,
      handle: async (message) => void deliveries.push(message.deliveries),
    });
    await second.whenIdle();
    expect(performance.now() - begun).toBeLessThan(options.ackWaitMs / 2);
    expect(deliveries).toEqual([1, 2, 3, 4]);
  });

  it('hands back a delivery once', async () => {
    const { options, publish } = room(broker);
    const handedBack: string[] = [];
    const settlements = broker.connection.subscribe(`$JS.ACK.*.${options.durable}.>`, {
      callback: (_, message) => {
        if (message.string() === '-NAK') handedBack.push(message.subject);
      },
    });
    for (let n = 0; n < 3; n++) await publish('go');
    const gate = Promise.withResolvers<void>();
    const consumer = await start({
      ...options,
      concurrency: 1,
      heldMax: 10,
      handle: () => gate.promise,
    });
    await eventually(async () => (await held(options.durable)) === 3);
    await consumer.stop(0);
    await eventually(() => handedBack.length === 3);
    gate.resolve();
    const second = await start({ ...options, handle: async () => undefined });
    await second.whenIdle();
    await settlements.drain();
    expect(new Set(handedBack).size).toBe(3);
    expect(handedBack).toHaveLength(3);
  });

  it('holds no more than fits into its memory', async () => {
    const { options, publish } = room(broker);
    const body = 'x'.repeat(MEGABYTE / 4 - 1_000);
    for (let n = 0; n < 300; n++) await publish('large', body);
    const gate = Promise.withResolvers<void>();
    await start({ ...options, concurrency: 10, heldMax: 1_000, handle: () => gate.promise });
    await eventually(async () => (await held(options.durable)) >= 256);
    await publish('more');
    expect(await held(options.durable)).toBeLessThanOrEqual(256 + 10 + 1);
    gate.resolve();
  });
});
