import { eventually } from '@signalbox/testing';
import { room, startBroker, type Broker } from './broker.fixture.spec.ts';
import { consume, type ConsumeOptions } from './consumer.ts';
import { streams } from './subjects.ts';

describe('an acknowledgement', () => {
  let broker: Broker;

  beforeAll(async () => {
    broker = await startBroker();
  });
  afterAll(() => broker.stop());

  const pendingOf = (durable: string) => broker.manager.consumers.info(streams.commands, durable);

  /** What a consumer does, in its order: asks for messages, handles and acknowledges them. */
  const followed = async (options: ConsumeOptions) => {
    const done: string[] = [];
    const consumer = await consume({
      ...options,
      handle: async (message) => {
        await options.handle(message);
        done.push('handles');
      },
    });
    // Its first request is there, and is not followed.
    await eventually(async () => (await pendingOf(options.durable)).num_waiting === 1);
    const follow = (subject: string, what: string) =>
      broker.connection.subscribe(subject, { callback: () => void done.push(what) });
    follow(`$JS.API.CONSUMER.MSG.NEXT.*.${options.durable}`, 'asks');
    follow(`$JS.ACK.*.${options.durable}.>`, 'acknowledges');
    await broker.connection.flush();
    return { consumer, done };
  };

  it('comes after the request for the next message', async () => {
    const { options, publish } = room(broker);
    const handle = async (): Promise<void> => undefined;
    const { consumer, done } = await followed({ ...options, concurrency: 1, handle });
    await publish('go');
    await eventually(() => done.length === 3);
    await consumer.stop();
    expect(done).toEqual(['handles', 'asks', 'acknowledges']);
  });

  it('comes after the handling of what waits here already', async () => {
    const { options, publish } = room(broker);
    const gate = Promise.withResolvers<void>();
    const handle = () => gate.promise;
    const alone = { ...options, concurrency: 1, heldMax: 2, handle };
    const { consumer, done } = await followed(alone);
    await publish('go');
    await publish('go');
    await eventually(async () => (await pendingOf(options.durable)).num_ack_pending === 2);
    gate.resolve();
    await consumer.whenIdle();
    await consumer.stop();
    const steps = done.filter((step) => step !== 'asks');
    expect(steps).toEqual(['handles', 'handles', 'acknowledges', 'acknowledges']);
  });
});
