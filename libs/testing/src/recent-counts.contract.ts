import { newId } from '@signalbox/kernel';
import { COUNTED_MS, type RecentCounts } from '@signalbox/messaging';

/** What the contract needs of the counts it is run against. */
export interface RecentCountsSubject {
  /** A user of its own of the same counts, as another process would be. */
  open(): RecentCounts;
  /** Resolves once nothing counts that was added before. */
  forgets(): Promise<void>;
}

const ADDERS = 20;

/** What all recent counts promise, whatever they are made of. */
export function itKeepsTheRecentCountsContract(start: () => RecentCountsSubject): void {
  let subject: RecentCountsSubject;
  let counts: RecentCounts;

  beforeAll(() => {
    subject = start();
    counts = subject.open();
  });

  const fresh = () => ({ what: 'spec', whose: newId() });

  it('adds up what several processes add', async () => {
    const mine = fresh();
    expect(await counts.add(mine, 1)).toBe(1);
    expect(await subject.open().add(mine, 3)).toBe(4);
    expect(await counts.add(mine, 0)).toBe(4);
  });

  it('gives each of those who add at once another sum', async () => {
    const mine = fresh();
    const added = await Promise.all(
      Array.from({ length: ADDERS }, () => subject.open().add(mine, 1)),
    );
    expect(new Set(added).size).toBe(ADDERS);
    expect(Math.max(...added)).toBe(ADDERS);
  });

  it('counts each name and each limit for itself, whatever the name', async () => {
    const mine = fresh();
    await counts.add(mine, 5);
    expect(await counts.add({ ...mine, whose: `${mine.whose}.>` }, 1)).toBe(1);
    expect(await counts.add({ ...mine, whose: `${mine.whose} *\r\n` }, 1)).toBe(1);
    expect(await counts.add({ ...mine, what: 'another' }, 1)).toBe(1);
  });

  it('takes back', async () => {
    const mine = fresh();
    await counts.add(mine, 2);
    expect(await counts.add(mine, -1)).toBe(1);
    expect(await counts.add(mine, -1)).toBe(0);
    expect(await counts.add(mine, 1)).toBe(1);
  });

  it('says when there will be less', async () => {
    const mine = fresh();
    expect(await counts.fallsBelow(mine, 1)).toBe(0);
    await counts.add(mine, 3);
    expect(await counts.fallsBelow(mine, 4)).toBe(0);
    // What was taken back is not waited for.
    await counts.add(mine, 1);
    await counts.add(mine, -1);
    expect(await counts.fallsBelow(mine, 4)).toBe(0);
    for (const most of [1, 3]) {
      const ms = await subject.open().fallsBelow(mine, most);
      expect(ms).toBeGreaterThan(COUNTED_MS - 10_000);
      expect(ms).toBeLessThanOrEqual(COUNTED_MS);
    }
  });

  it('forgets what is older than a minute, and nothing else', async () => {
    const [old, both] = [fresh(), fresh()];
    await counts.add(old, 7);
    await counts.add(both, 3);
    await subject.forgets();
    expect(await counts.add(both, 1)).toBe(1);
    expect(await counts.add(old, 0)).toBe(0);
    expect(await counts.add(old, 2)).toBe(2);
  });
}
