import { RecentMap } from './recent-map.ts';

it('keeps what was set last, and forgets the oldest', () => {
  const recent = new RecentMap<string, number>(2);
  recent.set('a', 1);
  recent.set('b', 2);
  recent.set('a', 3);
  recent.set('c', 4);
  expect(['a', 'b', 'c'].map((key) => recent.get(key))).toEqual([3, undefined, 4]);
  expect(recent.has('b')).toBe(false);
  expect(recent.has('c')).toBe(true);
});
