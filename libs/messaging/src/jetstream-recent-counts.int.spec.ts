import { jetstreamManager } from '@nats-io/jetstream';
import { nanos } from '@nats-io/nats-core';
import { newId, SystemClock } from '@signalbox/kernel';
import {
  eventually,
  faultyConnection,
  itKeepsTheRecentCountsContract,
  requestLost,
  startEmbeddedTestNats,
  type EmbeddedTestNats,
} from '@signalbox/testing';
import { JetStreamRecentCounts } from './jetstream-recent-counts.ts';
import { keepRatesStream } from './provision.ts';
import { streams } from './subjects.ts';

/** Instead of a minute, for as long as a test does not have. */
const COUNTED_HERE_MS = 1_000;
const MADE_MAX_MS = 10_000;

describe('recent counts on JetStream', () => {
  let nats: EmbeddedTestNats;
  const warnings: string[] = [];
  const logger = { warn: (line: unknown) => void warnings.push(String(line)) };

  beforeAll(async () => {
    nats = await startEmbeddedTestNats();
  });
  afterAll(() => nats.stop());

  const open = (connection = nats.connection, env = nats.env) =>
    new JetStreamRecentCounts({ connection, env, clock: new SystemClock(), logger });
  const state = async () => {
    const manager = await jetstreamManager(nats.connection);
    return (await manager.streams.info(streams.rates)).state;
  };
  const countFor = async (ms: number) => {
    const manager = await jetstreamManager(nats.connection);
    const window = { max_age: nanos(ms), duplicate_window: nanos(Math.min(ms, 1_000)) };
    await manager.streams.update(streams.rates, window);
  };

  itKeepsTheRecentCountsContract(() => ({
    open: () => open(),
    forgets: async () => {
      await countFor(COUNTED_HERE_MS);
      await eventually(async () => (await state()).messages === 0);
      await countFor(60_000);
    },
  }));

  it('lets what is counted go bit by bit, as it gets old', async () => {
    const mine = { what: 'spec', whose: newId() };
    const counts = open();
    await countFor(COUNTED_HERE_MS);
    const begun: number[] = [];
    const add = async () => {
      begun.push(performance.now());
      const sum = await counts.add(mine, 1);
      const since = performance.now() - COUNTED_HERE_MS;
      return { sum, least: begun.filter((at) => at > since).length };
    };
    const wrong = await eventually(async () => {
      const { sum, least } = await add();
      if (sum < least) return [sum, least];
      // Some have gone, and others have not.
      return sum > 1 && sum < begun.length - 10 ? [] : undefined;
    });
    expect(wrong).toEqual([]);
    await eventually(async () => (await counts.add(mine, 0)) === 0);
    await countFor(60_000);
  });

  it('keeps apart what each environment counts', async () => {
    const mine = { what: 'spec', whose: newId() };
    await open().add(mine, 5);
    expect(await open(nats.connection, 'another').add(mine, 1)).toBe(1);
  });

  it('is unavailable while the server does not answer, and says so once', async () => {
    const mine = { what: 'spec', whose: newId() };
    const { connection, inject } = faultyConnection(nats.connection);
    const counts = open(connection);
    await counts.add(mine, 1);
    warnings.length = 0;
    inject('rate.', 1, requestLost);
    const refusal = { code: 'counts_unavailable', kind: 'unavailable' };
    await expect(counts.add(mine, 1)).rejects.toMatchObject(refusal);
    // For a moment nobody even asks.
    await expect(counts.add(mine, 1)).rejects.toMatchObject(refusal);
    expect(warnings).toHaveLength(1);
    await eventually(() =>
      counts.add(mine, 1).then(
        () => true,
        () => false,
      ),
    );
    expect(await counts.add(mine, 0)).toBe(2);
  });

  it('begins anew when the server was started again', async () => {
    const mine = { what: 'spec', whose: newId() };
    const counts = open();
    // On a busy machine a look may fail, and the next one has to come.
    void keepRatesStream(nats.connection, () => undefined);
    await counts.add(mine, 5);
    await nats.server.kill();
    await expect(counts.add(mine, 1)).rejects.toMatchObject({ kind: 'unavailable' });
    await nats.server.restart();
    await eventually(() =>
      counts.add(mine, 1).then(
        () => true,
        () => false,
      ),
    );
    expect(await counts.add(mine, 0)).toBeLessThan(5);
  });

  it('is made when the server answers again, if it did not when it was asked', async () => {
    const manager = await jetstreamManager(nats.connection);
    await manager.streams.delete(streams.rates).catch(() => undefined);
    nats.server.suspend();
    const failed = Promise.withResolvers<unknown>();
    void keepRatesStream(nats.connection, failed.resolve);
    expect(await failed.promise).toBeInstanceOf(Error);
    nats.server.resume();
    // Sooner than a connection is lost and made again, which would do as well.
    await eventually(async () => {
      const names = await manager.streams.names().next();
      return names.includes(streams.rates);
    }, MADE_MAX_MS);
  });
});
