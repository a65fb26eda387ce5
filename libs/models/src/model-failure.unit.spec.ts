import { retryAfterOf, withoutSecret } from './model-failure.ts';

const DATE = 'Sat, 21 Nov 2026 10:00:00 GMT';
const DAY_MS = 24 * 60 * 60_000;

it.each([
  [{ 'retry-after': '7' }, 7_000],
  [{ 'retry-after': '0' }, 0],
  [{ 'retry-after': '1.5' }, 1_500],
  [{ 'retry-after': '7', 'retry-after-ms': '250' }, 250],
  [{ 'retry-after': 'Sat, 21 Nov 2026 10:00:30 GMT', date: DATE }, 30_000],
  [{ 'retry-after': 'Sat, 21 Nov 2026 09:00:00 GMT', date: DATE }, 0],
  [{ 'retry-after': '-1' }, undefined],
  [{ 'retry-after': '99999999999' }, DAY_MS],
  [{ 'retry-after': 'soon' }, undefined],
  [{}, undefined],
])('AGT-5: %j is %s ms', (headers, ms) => {
  expect(retryAfterOf(new Headers(Object.entries(headers)))).toBe(ms);
});

it.each([
  ['as it is', (key: string) => key],
  ['in JSON', (key: string) => JSON.stringify({ key })],
  ['in JSON within JSON', (key: string) => JSON.stringify({ said: JSON.stringify({ key }) })],
])('GTW-8: a key that a provider repeats %s is not told on', (_, repeat) => {
  const key = 'sk-1234567890/+"\\';
  const message = `Incorrect API key: ${repeat(key)}`;
  const told = withoutSecret(new Error(message, { cause: { key } }), key) as Error;
  expect(told.message).toContain('[redacted]');
  expect(told.message).not.toContain('1234567890');
  expect(told.cause).toBeUndefined();
  const other = new Error('nothing of it');
  expect(withoutSecret(other, key)).toBe(other);
});
