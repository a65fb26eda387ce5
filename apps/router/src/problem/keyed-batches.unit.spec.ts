import { setImmediate } from 'node:timers/promises';
import { KeyedBatches } from './keyed-batches.ts';

it('does what comes in meanwhile together, in the order of asking', async () => {
  const done: string[] = [];
  const batches = new KeyedBatches<string, string>(async (key, items) => {
    done.push(`${key}: ${items.join()}`);
    await setImmediate();
    return (item) => item.toUpperCase();
  });
  const all = ['a', 'b', 'c'].map((item) => batches.do('k', item));
  const other = batches.do('other', 'd');
  expect(await Promise.all([...all, other])).toEqual(['A', 'B', 'C', 'D']);
  expect(done).toEqual(['k: a', 'other: d', 'k: b,c']);
});

it('does not wait for other keys, and forgets a key when its work is done', async () => {
  const held = Promise.withResolvers<void>();
  const batches = new KeyedBatches<string, string>(async (key) => {
    if (key === 'k') await held.promise;
    return (item) => item;
  });
  const first = batches.do('k', 'a');
  expect(await batches.do('other', 'b')).toBe('b');
  expect(batches.size).toBe(1);
  held.resolve();
  await first;
  await setImmediate();
  expect(batches.size).toBe(0);
});

it('fails for all that were done together, and goes on with the next', async () => {
  let attempts = 0;
  const batches = new KeyedBatches<string, string>(async () => {
    await setImmediate();
    if (++attempts === 2) throw new Error('lost');
    return (item) => item;
  });
  const [a, b, c] = ['a', 'b', 'c'].map((item) => batches.do('k', item));
  const d = b?.catch(() => batches.do('k', 'd'));
  expect((await Promise.allSettled([a, b, c, d])).map(({ status }) => status)).toEqual([
    'fulfilled',
    'rejected',
    'rejected',
    'fulfilled',
  ]);
});
