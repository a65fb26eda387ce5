import { jetstreamManager } from '@nats-io/jetstream';
import { newId, SystemClock } from '@signalbox/kernel';
import {
  counted,
  eventually,
  faultyConnection,
  feedEvents,
  newCounter,
  requestLost,
  specContext,
  startEmbeddedTestNats,
  type EmbeddedTestNats,
} from '@signalbox/testing';
import { NO_EVENTS } from './event-store.port.ts';
import { scanEvents, type ScannedBatch } from './event-scan.ts';
import { foreignKinds, publishForeign } from './foreign-message.fixture.spec.ts';
import { JetStreamEventStore } from './jetstream-event-store.ts';
import { streams } from './subjects.ts';

const LONG_AGO = new Date(0);
const soon = () => new Date(Date.now() + 60_000);

describe('a scan of recorded events', () => {
  let nats: EmbeddedTestNats;

  beforeAll(async () => {
    nats = await startEmbeddedTestNats();
  });
  afterAll(() => nats.stop());

  const roomOf = (connection = nats.connection) => {
    const env = `t-${newId().toLowerCase()}`;
    const clock = new SystemClock();
    const source = 'signalbox/spec';
    const store = new JetStreamEventStore({
      connection,
      env,
      definitions: feedEvents,
      clock,
      source,
    });
    return {
      env,
      append: async (n: number) => {
        const ref = newCounter();
        const events = Array.from({ length: n }, (_, i) => counted.of({ by: `${i}` }));
        return (await store.append(ref, NO_EVENTS, events, specContext)).events;
      },
      scan: (since = LONG_AGO, until = soon()) =>
        scanEvents({ connection, env, aggregate: 'counter', since, until }),
    };
  };
  const all = async (scan: AsyncIterable<ScannedBatch>) => {
    const batches = await Array.fromAsync(scan);
    return { batches, events: batches.flatMap(({ events }) => events) };
  };
  const consumers = async () =>
    (await (await jetstreamManager(nats.connection)).streams.info(streams.audit)).state
      .consumer_count;

  it('reads every event in its order, a batch at a time, and tells how many are left', async () => {
    const { append, scan } = roomOf();
    const appended = [...(await append(700)), ...(await append(600))];
    const { batches, events } = await all(scan());
    expect(
      events.map(({ type, schemaVersion, aggregateId, json }) => [
        type,
        schemaVersion,
        aggregateId,
        JSON.parse(Buffer.from(json).toString()),
      ]),
    ).toEqual(
      appended.map((event) => [
        event.type,
        event.schemaVersion,
        event.record.aggregateId,
        event.data,
      ]),
    );
    expect(batches.map(({ total, left }) => [total, left])).toEqual([
      [1300, 800],
      [1300, 300],
      [1300, 0],
    ]);
    await eventually(async () => (await consumers()) === 0);
  });

  it('reads what was stored within the time, and nothing of an empty one', async () => {
    const { append, scan } = roomOf();
    expect((await all(scan())).events).toEqual([]);
    await append(3);
    const from = await passed();
    await append(5);
    const to = await passed();
    await append(2);
    expect((await all(scan(from, to))).events).toHaveLength(5);
    expect((await all(scan(LONG_AGO, from))).events).toHaveLength(3);
    expect((await all(scan(to))).events).toHaveLength(2);
    expect((await all(scan(soon()))).events).toEqual([]);
  });

  it('leaves out what is no event', async () => {
    const { env, append, scan } = roomOf();
    const subject = `audit.${env}.counter.x`;
    for (let i = 0; i < foreignKinds; i++) await publishForeign(nats.connection, subject);
    await append(2);
    for (let i = 0; i < foreignKinds; i++) await publishForeign(nats.connection, subject);
    const { batches, events } = await all(scan());
    expect(events.map(({ type }) => type)).toEqual([counted.type, counted.type]);
    expect(batches.at(-1)).toMatchObject({ total: 2 * foreignKinds + 2, left: 0 });
  });

  it('leaves nothing at the server when its reader goes away', async () => {
    const { append, scan } = roomOf();
    await append(900);
    for await (const { events } of scan()) {
      expect(events).toHaveLength(500);
      expect(await consumers()).toBe(1);
      break;
    }
    await eventually(async () => (await consumers()) === 0);
  });

  it('says so when the stream cannot be read', async () => {
    const faulty = faultyConnection(nats.connection);
    faulty.inject('$JS.API.CONSUMER.CREATE', 100, requestLost);
    await expect(all(roomOf(faulty.connection).scan())).rejects.toMatchObject({
      kind: 'unavailable',
      code: 'event_scan_failed',
    });
  });
});

/** An instant after everything that was stored before, and before everything after. */
async function passed(): Promise<Date> {
  const now = Date.now();
  await eventually(() => Date.now() > now + 1);
  const at = new Date();
  await eventually(() => Date.now() > at.getTime() + 1);
  return at;
}
