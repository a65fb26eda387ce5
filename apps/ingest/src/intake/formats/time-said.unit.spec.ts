import type { Json } from '@signalbox/kernel';
import { timeOf } from './time-said.ts';

const NOON = '2026-11-21T12:00:00.000Z';

it.each<[Json, string]>([
  ['2026-11-21T12:00:00Z', NOON],
  ['2026-11-21T12:00Z', NOON],
  ['2026-11-21 12:00:00.000+00:00', NOON],
  ['2026-11-21T12:00:00.000+0000', NOON],
  ['2026-11-21T14:00:00.000000001+02:00', NOON],
  ['2026-11-21T12:00:00,000Z', NOON],
  [1_795_262_400, NOON],
  ['1795262400', NOON],
  ['1795262400000', NOON],
  [1_795_262_400.25, '2026-11-21T12:00:00.250Z'],
])('reads the time %j', (said, time) => {
  expect(timeOf(said)?.toISOString()).toBe(time);
});

const NONE: readonly (Json | undefined)[] = [
  '2026-11-21T12:00:00',
  '2026-11-21',
  '2026-13-41T12:00:00Z',
  '0001-01-01T00:00:00Z',
  '1970-01-01T00:00:00Z',
  '9999-12-31T23:59:59-23:59',
  'yesterday',
  '',
  '7',
  7,
  -1,
  1e300,
  null,
  true,
  [],
  {},
  undefined,
];

it.each(NONE.map((said) => ({ said })))('takes $said for no time', ({ said }) => {
  expect(timeOf(said)).toBeUndefined();
});
