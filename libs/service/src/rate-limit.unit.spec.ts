import { InMemoryRecentCounts } from '@signalbox/testing';
import fc from 'fast-check';
import { RateLimit, type RateLimitOptions } from './rate-limit.ts';

const MINUTE_MS = 60_000;
const REPLICAS = 3;

describe('a limit of so many a minute', () => {
  const { jest } = import.meta;

  beforeEach(() => void jest.useFakeTimers({ now: 0 }));
  afterEach(() => void jest.useRealTimers());

  const replicas = (options: Partial<RateLimitOptions> = {}) => {
    const counts = new InMemoryRecentCounts();
    const limits = Array.from(
      { length: REPLICAS },
      () => new RateLimit({ counts, what: 'spec', perMinute: 5, ...options }),
    );
    const take = (index: number, whose = 'me') => (limits[index % REPLICAS] ?? fail()).take(whose);
    return { counts, limits, take };
  };
  const fail = (): never => {
    throw new RangeError('no such replica');
  };

  it('OPS-2, GTW-5: holds in any minute, over all replicas, however calls are spread', async () => {
    const call = fc.record({
      afterMs: fc.integer({ min: 0, max: 20_000 }),
      at: fc.integer({ min: 0, max: REPLICAS - 1 }),
    });
    const perMinute = fc.integer({ min: 1, max: 7 });
    await fc.assert(
      fc.asyncProperty(perMinute, fc.array(call, { maxLength: 60 }), async (most, calls) => {
        const { take } = replicas({ perMinute: most });
        const passed: number[] = [];
        for (const { afterMs, at } of calls) {
          jest.advanceTimersByTime(afterMs);
          const nowMs = performance.now();
          const { allowed } = await take(at);
          const before = passed.filter((ms) => ms > nowMs - MINUTE_MS).length;
          expect(before).toBeLessThanOrEqual(allowed ? most - 1 : most);
          if (allowed) passed.push(nowMs);
        }
      }),
    );
  });

  it('OPS-2: whoever comes again when it was told to is let through', async () => {
    const { take } = replicas();
    for (let call = 0; call < 5; call++) {
      await take(call);
      jest.advanceTimersByTime(7_000);
    }
    for (let round = 0; round < 10; round++) {
      const refusal = await take(round);
      if (refusal.allowed) continue;
      jest.advanceTimersByTime(refusal.retryAfterMs - 1);
      expect(await take(round)).toMatchObject({ allowed: false });
      jest.advanceTimersByTime(1);
      expect(await take(round)).toEqual({ allowed: true });
    }
  });

  it('OPS-2, GTW-5: what is refused does not count, nor is it asked for again and again', async () => {
    const { counts, take } = replicas();
    for (let call = 0; call < 5; call++) await take(call);
    const before = counts.asked;
    for (let call = 0; call < 3_000; call++) {
      await take(call);
      jest.advanceTimersByTime(10);
    }
    // Once a second by each replica: added, taken back, and when to come again.
    expect(counts.asked - before).toBeLessThanOrEqual(3 * REPLICAS * 31);
    jest.advanceTimersByTime(MINUTE_MS / 2);
    const after = await Promise.all(Array.from({ length: 9 }, (_, call) => take(call)));
    expect(after.filter(({ allowed }) => allowed)).toHaveLength(5);
  });

  it('OPS-2: of many at once exactly as many pass as may', async () => {
    const { take } = replicas();
    const taken = await Promise.all(Array.from({ length: 50 }, (_, call) => take(call)));
    expect(taken.filter(({ allowed }) => allowed)).toHaveLength(5);
  });

  it('OPS-2: each replica holds it alone while the others cannot be reached', async () => {
    const { counts, take } = replicas();
    const passed = async (index: number) => {
      const taken = [];
      for (let call = 0; call < 20; call++) taken.push(await take(index));
      return taken.filter(({ allowed }) => allowed).length;
    };
    await take(0);
    await take(0);
    counts.isAway = true;
    // What it let through before still counts.
    expect(await passed(0)).toBe(3);
    expect(await passed(1)).toBe(5);
    counts.isAway = false;
    expect(await passed(1)).toBe(0);
    expect(await passed(2)).toBe(3);
  });

  it('GTW-5: one that is never counted alone says that it cannot be known', async () => {
    const { counts, take } = replicas({ neverAlone: true, perMinute: 1 });
    counts.isAway = true;
    for (let call = 0; call < 5; call++)
      await expect(take(0)).rejects.toMatchObject({ kind: 'unavailable' });
    counts.isAway = false;
    expect(await take(0)).toEqual({ allowed: true });
  });

  it('OPS-2: one that may lag asks four times a second, and lets through little more', async () => {
    const perMinute = 8_000;
    const { counts, take } = replicas({ mayLag: true, perMinute });
    let passed = 0;
    for (let call = 0; call < 4 * perMinute; call++) {
      if ((await take(call)).allowed) passed++;
      if (call % 10 === 0) jest.advanceTimersByTime(1);
    }
    expect(passed).toBeGreaterThanOrEqual(perMinute);
    expect(passed).toBeLessThanOrEqual(perMinute * 1.25);
    const seconds = (4 * perMinute) / 10 / 1_000;
    // Near the limit it asks each time.
    expect(counts.asked).toBeLessThan(seconds * REPLICAS * 6 + 300);
    await jest.advanceTimersByTimeAsync(250);
    expect(await counts.add({ what: 'spec', whose: 'me' }, 0)).toBe(passed);
  });

  it('OPS-2: a flood from ever new addresses fills no memory', async () => {
    const { limits } = replicas();
    for (let i = 0; i < 30_000; i++) await limits[0]?.take(`2001:db8::${i}`);
    expect(limits[0]?.knownOf).toBe(20_000);
    // Whoever is still heard of is remembered.
    expect(await limits[0]?.take('2001:db8::29999')).toEqual({ allowed: true });
  });
});
