import { isDeeperThan, isKept } from './json.ts';

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

it.each([
  ['0', true],
  ['-9007199254740991', true],
  ['9007199254740993', false],
  ['0.1', true],
  ['1e999', false],
  ['1e22', false],
])('tells whether %s is kept as it is written: %s', (written, answer) => {
  expect(isKept(JSON.parse(written))).toBe(answer);
});
