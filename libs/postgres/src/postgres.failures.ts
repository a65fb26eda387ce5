import { AppError } from '@signalbox/kernel';
import { isNativeError } from 'node:util/types';
import { QueryFailedError, QueryRunnerAlreadyReleasedError } from 'typeorm';

/** Why Postgres cannot be used now; each reads as the end of "Postgres …". */
const reasons = {
  connection_refused: 'does not accept connections',
  connection_lost: 'closed the connection',
  timeout: 'did not answer in time',
  shutting_down: 'is starting up or shutting down',
  read_only: 'accepts no writes',
  disk_full: 'has no space left',
  overloaded: 'has too many connections or too little memory',
  contention: 'gave up a transaction in favour of another',
  not_migrated: 'does not have these tables yet',
  not_allowed: 'refused our user or does not have the database',
} as const;
export type PostgresFailure = keyof typeof reasons;

/** Codes of Node, SQLSTATEs (https://www.postgresql.org/docs/18/errcodes-appendix.html), or their first two. */
const failuresByCode: Readonly<Record<string, PostgresFailure>> = {
  ECONNREFUSED: 'connection_refused',
  ENOENT: 'connection_refused',
  ENOTFOUND: 'connection_refused',
  EAI_AGAIN: 'connection_refused',
  EHOSTUNREACH: 'connection_refused',
  ENETUNREACH: 'connection_refused',
  ECONNRESET: 'connection_lost',
  EPIPE: 'connection_lost',
  ETIMEDOUT: 'timeout',
  '08': 'connection_lost',
  '25006': 'read_only',
  '28': 'not_allowed',
  '3D000': 'not_allowed',
  '3F000': 'not_migrated',
  '42P01': 'not_migrated',
  '40': 'contention',
  '53100': 'disk_full',
  '53': 'overloaded',
  '57014': 'timeout',
  '57P': 'shutting_down',
};

/** What `pg` says without a code. */
const failuresByMessage: readonly (readonly [RegExp, PostgresFailure])[] = [
  [/timeout/i, 'timeout'],
  [/connection terminated|connection error|not queryable/i, 'connection_lost'],
];

/** AppError `unavailable` with code `postgres_<failure>` for what may pass; anything else as it is. */
export function asPostgresError(thrown: unknown): unknown {
  if (thrown instanceof AppError) return thrown;
  const failure = failureOf(thrown);
  if (failure === undefined) return thrown;
  return new AppError({
    code: `postgres_${failure}`,
    kind: 'unavailable',
    message: `Postgres ${reasons[failure]}.`,
    cause: thrown,
  });
}

function failureOf(thrown: unknown): PostgresFailure | undefined {
  if (thrown instanceof QueryRunnerAlreadyReleasedError) return 'connection_lost';
  const error: unknown = thrown instanceof QueryFailedError ? thrown.driverError : thrown;
  // Node's own errors may be of another realm, where `instanceof` does not know them.
  if (!isNativeError(error)) return undefined;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  if (code === undefined) {
    return failuresByMessage.find(([pattern]) => pattern.test(error.message))?.[1];
  }
  return (
    failuresByCode[code] ?? failuresByCode[code.slice(0, 3)] ?? failuresByCode[code.slice(0, 2)]
  );
}
