import { isDeeperThan } from './json.ts';

const nested = (levels: number): unknown =>
  JSON.parse(`${'['.repeat(levels)}1${']'.repeat(levels)}`);

it.each([
  [0, 1, false],
  [0, [1], true],
  [2, { a: [1, 2], b: null }, false],
  [1, { a: [1, 2], b: null }, true],
  [64, nested(64), false],
  [64, nested(65), true],
])('tells what is deeper than %i levels', (depth, value, answer) => {
  expect(isDeeperThan(depth, value)).toBe(answer);
});

it('does not exhaust the stack on what is made for it', () => {
  expect(isDeeperThan(100, nested(500_000))).toBe(true);
});
