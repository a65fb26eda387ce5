import { HttpException } from '@nestjs/common';
import { asAppError, errorOutcomes, type FieldProblem } from '@signalbox/kernel';
import type { FastifyError } from 'fastify';
import { STATUS_CODES } from 'node:http';
import { TooManyRequests } from './too-many-requests.ts';

/** An error as HTTP says it (RFC 9457). */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** Which fields are wrong, and why; empty when no field is to blame. */
  readonly errors: readonly FieldProblem[];
  /** With status 429: whole seconds after which a try is worth it. */
  readonly retry_after_seconds?: number;
}

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

const BODY_TOO_LARGE = 'FST_ERR_CTP_BODY_TOO_LARGE';
/** What Node says of a request whose sender went away half-way. */
const ABORTED = 'ECONNRESET';

/** Any thrown value as a problem document. What we did not foresee tells nothing of our inside. */
export function problemOf(thrown: unknown): Problem {
  if (thrown instanceof HttpException) return httpProblem(thrown);
  const { statusCode, code, message } = (thrown ?? {}) as Partial<FastifyError>;
  if (code === ABORTED && message === 'aborted')
    return problem(400, 'request_aborted', 'The request broke off.');
  // Fastify's own, where Nest does not wrap them: a path that cannot be decoded.
  if (code?.startsWith('FST_ERR_') && statusCode && statusCode < 500) {
    return problem(statusCode, code.slice('FST_ERR_'.length), message ?? '');
  }
  const error = asAppError(thrown);
  const status = errorOutcomes[error.kind].http;
  const limited = error instanceof TooManyRequests && {
    retry_after_seconds: error.retryAfterSeconds,
  };
  return error.kind === 'bug'
    ? problem(status, error.code, 'This is an error of ours. The log of ingest has the details.')
    : { ...problem(status, error.code, error.message, error.fields), ...limited };
}

/** Errors of HTTP itself; those of Fastify come wrapped by Nest. */
function httpProblem(error: HttpException): Problem {
  const cause = error.cause as { readonly code?: string } | undefined;
  return cause?.code === BODY_TOO_LARGE
    ? problem(413, 'body_too_large', 'The body is too large.', [
        { field: '', problem: 'is larger than 1 MiB' },
      ])
    : problem(error.getStatus(), error.errorCode ?? titleOf(error.getStatus()), error.message);
}

function problem(
  status: number,
  code: string,
  detail: string,
  errors: readonly FieldProblem[] = [],
): Problem {
  const slug = code.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  return { type: `urn:signalbox:problem:${slug}`, title: titleOf(status), status, detail, errors };
}

function titleOf(status: number): string {
  return STATUS_CODES[status] ?? 'Error';
}
