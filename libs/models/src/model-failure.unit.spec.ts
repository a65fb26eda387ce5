import { retryAfterOf } from './model-failure.ts';

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
