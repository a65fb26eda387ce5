/** What went wrong, in the terms every edge understands. */
export type ErrorKind =
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'missing'
  | 'conflict'
  | 'gone'
  | 'too_large'
  | 'limited'
  | 'unavailable'
  | 'bug';

/** How a consumer settles the message whose handling failed. */
export type Settlement = 'dead_letter' | 'retry';

export interface ErrorOutcome {
  readonly http: number;
  readonly exitCode: number;
  readonly settlement: Settlement;
}

/** The one table from an error's kind to what each edge does with it. */
export const errorOutcomes: Readonly<Record<ErrorKind, ErrorOutcome>> = {
  invalid: { http: 422, exitCode: 2, settlement: 'dead_letter' },
  unauthenticated: { http: 401, exitCode: 3, settlement: 'dead_letter' },
  forbidden: { http: 403, exitCode: 3, settlement: 'dead_letter' },
  missing: { http: 404, exitCode: 4, settlement: 'dead_letter' },
  conflict: { http: 409, exitCode: 5, settlement: 'retry' },
  gone: { http: 410, exitCode: 5, settlement: 'dead_letter' },
  too_large: { http: 413, exitCode: 2, settlement: 'dead_letter' },
  limited: { http: 429, exitCode: 6, settlement: 'retry' },
  unavailable: { http: 503, exitCode: 6, settlement: 'retry' },
  bug: { http: 500, exitCode: 1, settlement: 'retry' },
};

/** One thing that is wrong with an input: `field` is a dotted path, '' for the whole. */
export interface FieldProblem {
  readonly field: string;
  readonly problem: string;
}

export interface AppErrorOptions {
  /** Stable, machine-readable, snake_case: `approval_expired`. */
  readonly code: string;
  readonly kind: ErrorKind;
  readonly message: string;
  readonly fields?: readonly FieldProblem[];
  readonly cause?: unknown;
}

/** The only error family that crosses a process boundary. Anything else that is thrown is a bug. */
export class AppError extends Error {
  readonly code: string;
  readonly kind: ErrorKind;
  readonly fields: readonly FieldProblem[];

  constructor({ code, kind, message, fields = [], cause }: AppErrorOptions) {
    super(message, { cause });
    this.name = 'AppError';
    this.code = code;
    this.kind = kind;
    this.fields = fields;
  }
}

/** Any thrown value as an `AppError`; what we did not foresee is a `bug`. */
export function asAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new AppError({ code: 'unexpected', kind: 'bug', message, cause: thrown });
}
