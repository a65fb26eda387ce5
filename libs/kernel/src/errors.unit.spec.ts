import { AppError, asAppError, errorOutcomes } from './errors.ts';

it('what nobody foresaw is a bug that keeps its cause', () => {
  const cause = new TypeError('x is not a function');
  expect(asAppError(cause)).toMatchObject({ kind: 'bug', code: 'unexpected', cause });
  expect(asAppError('text').message).toBe('text');
});

it('an AppError passes through as it is', () => {
  const error = new AppError({ code: 'gone', kind: 'gone', message: 'm' });
  expect(asAppError(error)).toBe(error);
});

it('every kind has a status, an exit code and a settlement', () => {
  expect(
    Object.entries(errorOutcomes).map(([k, o]) => `${k} ${o.http} ${o.exitCode} ${o.settlement}`),
  ).toEqual([
    'invalid 422 2 dead_letter',
    'unauthenticated 401 3 dead_letter',
    'forbidden 403 3 dead_letter',
    'missing 404 4 dead_letter',
    'conflict 409 5 retry',
    'gone 410 5 dead_letter',
    'too_large 413 2 dead_letter',
    'limited 429 6 retry',
    'unavailable 503 6 retry',
    'bug 500 1 retry',
  ]);
});
