import { AppError } from '@signalbox/kernel';
import { QueryFailedError } from 'typeorm';
import { asPostgresError } from './postgres.failures.ts';

const withCode = (code: string) => Object.assign(new Error('no'), { code });

it.each([
  ['postgres_connection_refused', withCode('ECONNREFUSED')],
  ['postgres_shutting_down', withCode('57P03')],
  ['postgres_shutting_down', withCode('57P01')],
  ['postgres_timeout', withCode('57014')],
  ['postgres_read_only', withCode('25006')],
  ['postgres_disk_full', withCode('53100')],
  ['postgres_overloaded', withCode('53300')],
  ['postgres_contention', withCode('40P01')],
  ['postgres_not_migrated', withCode('42P01')],
  ['postgres_not_allowed', withCode('28P01')],
  ['postgres_connection_lost', new Error('Connection terminated unexpectedly')],
  ['postgres_timeout', new Error('timeout exceeded when trying to connect')],
  ['postgres_timeout', new Error('Query read timeout')],
])('says why Postgres is unavailable: %s', (code, error) => {
  const seen = asPostgresError(new QueryFailedError('SELECT 1', [], error));
  expect(seen).toBeInstanceOf(AppError);
  expect(seen).toMatchObject({ kind: 'unavailable', code });
});

it('leaves our own errors and mistakes in statements as they are', () => {
  const conflict = new AppError({ code: 'c', kind: 'conflict', message: 'm' });
  const mistake = withCode('42601');
  expect(asPostgresError(conflict)).toBe(conflict);
  expect(asPostgresError(mistake)).toBe(mistake);
});
