import { AppError } from '@signalbox/kernel';
import { inspect } from 'node:util';

/** Of a provider's own words: some send a whole page. */
const WORDS_CHARS_MAX = 1_000;
const RETRY_AFTER_MAX_MS = 24 * 60 * 60_000;
const CAUSES_MAX = 10;

/** The code of an answer that began and did not end. */
export const ANSWER_TRUNCATED = 'answer_truncated';

type AppErrorOptions = ConstructorParameters<typeof AppError>[0];

/** What an SDK throws for what a server did; handed in, so that only the SDK in use is loaded. */
export type ApiErrorClass = abstract new (...args: never) => Error & { readonly headers: unknown };

interface ModelFailureOptions extends AppErrorOptions {
  readonly retryAfterMs?: number | undefined;
}

/** A model was asked and gave no answer. */
export class ModelFailure extends AppError {
  /** When the provider wants to be asked again, from now; absent when it did not say. */
  readonly retryAfterMs: number | undefined;

  constructor({ retryAfterMs, ...options }: ModelFailureOptions) {
    super(options);
    this.retryAfterMs = retryAfterMs;
  }
}

/** The model could not be reached, or did not begin to answer. */
export function unavailable(problem: string, cause?: unknown): ModelFailure {
  const message = `model: ${problem}`;
  return new ModelFailure({
    code: 'model_unavailable',
    kind: 'unavailable',
    message,
    cause,
  });
}

/** The model had begun to answer, which may have to be paid for. */
export function brokenOff(problem: string, cause?: unknown): ModelFailure {
  const message = `model: ${problem}`;
  return new ModelFailure({
    code: ANSWER_TRUNCATED,
    kind: 'unavailable',
    message,
    cause,
  });
}

/** A failure that came when the model had begun to answer. */
export function asBrokenOff(failure: ModelFailure): ModelFailure {
  const { code, kind, message, retryAfterMs } = failure;
  if (code !== 'model_unavailable') return failure;
  return new ModelFailure({
    code: ANSWER_TRUNCATED,
    kind,
    message,
    retryAfterMs,
    cause: failure,
  });
}

/** What an error of a provider's SDK means; `undefined` for one that no provider caused. */
export function failureOf(error: unknown, ApiError: ApiErrorClass): ModelFailure | undefined {
  const own = causesOf(error).find((cause) => cause instanceof ModelFailure);
  if (own) return own;
  if (!(error instanceof ApiError)) return undefined;
  const { headers } = error;
  return new ModelFailure({
    ...meaningOf(statusOf(error)),
    message: `model: ${wordsOf(error).slice(0, WORDS_CHARS_MAX)}`,
    cause: error,
    retryAfterMs: headers instanceof Headers ? retryAfterOf(headers) : undefined,
  });
}

/** The error, if `secret` stands nowhere in it; otherwise its message without it, and no cause. */
export function withoutSecret(error: unknown, secret: string | undefined): unknown {
  if (secret === undefined) return error;
  const said = inspect(error, {
    depth: CAUSES_MAX,
    maxStringLength: Infinity,
    showHidden: true,
  });
  // Servers quote in JSON what they got as JSON, and what is inspected is quoted once more.
  const [once, twice] = [quoted(secret), quoted(quoted(secret))];
  const forms = [twice, once, secret];
  const shown = forms.map((form) => inspect(form).slice(1, -1));
  if (![...forms, ...shown].some((form) => said.includes(form))) return error;
  const words = error instanceof Error ? error.message : String(error);
  const message = forms.reduce((text, form) => text.replaceAll(form, '[redacted]'), words);
  if (!(error instanceof ModelFailure)) return new Error(message);
  const { code, kind, retryAfterMs } = error;
  return new ModelFailure({ code, kind, message, retryAfterMs });
}

const quoted = (text: string) => JSON.stringify(text).slice(1, -1);

function meaningOf(status: number | undefined): Pick<AppErrorOptions, 'code' | 'kind'> {
  if (status === 429) return { code: 'model_limited', kind: 'limited' };
  // Nothing is wrong with the question: a person renews the key or pays, and it goes on.
  if (status === 401 || status === 402 || status === 403) {
    return { code: 'model_key_refused', kind: 'unavailable' };
  }
  if (status === undefined || status === 408 || status === 409 || status >= 500) {
    return { code: 'model_unavailable', kind: 'unavailable' };
  }
  return { code: 'model_refused', kind: 'invalid' };
}

/** https://platform.claude.com/docs/en/api/errors; OpenAI's stream errors share some of them. */
const statusOfType: Readonly<Record<string, number>> = {
  invalid_request_error: 400,
  authentication_error: 401,
  billing_error: 402,
  permission_error: 403,
  not_found_error: 404,
  request_too_large: 413,
  rate_limit_error: 429,
  rate_limit_exceeded: 429,
};

/** An error in the middle of a stream has no HTTP status of its own. */
function statusOf(error: Error): number | undefined {
  const { status, type } = error as { status?: number; type?: string | null };
  return status ?? statusOfType[type ?? ''];
}

/** An SDK's own words for a lost connection do not say why; their cause does. */
function wordsOf(error: Error): string {
  const words = causesOf(error).flatMap((cause) => (cause instanceof Error ? cause.message : []));
  return [...new Set(words.filter((message) => message !== ''))].join(': ');
}

function causesOf(error: unknown): readonly unknown[] {
  const causes = [error];
  while (causes.length < CAUSES_MAX) {
    const { cause } = (causes.at(-1) ?? {}) as { cause?: unknown };
    if (cause === undefined) break;
    causes.push(cause);
  }
  return causes;
}

/**
 * `retry-after-ms`, or `Retry-After` in seconds or as a date (RFC 9110, 10.2.3), which counts from
 * the answer's own `Date`: their clock may not be ours.
 */
export function retryAfterOf(headers: Headers): number | undefined {
  const text = headers.get('retry-after') ?? '';
  const sentAt = Date.parse(headers.get('date') ?? '');
  const candidates = [
    Number.parseFloat(headers.get('retry-after-ms') ?? ''),
    /^\s*\d+(\.\d+)?\s*$/.test(text) ? Number(text) * 1_000 : Number.NaN,
    // JavaScript takes even "-1" for a date.
    (/[a-z]/i.test(text) ? Date.parse(text) : Number.NaN) -
      (Number.isNaN(sentAt) ? Date.now() : sentAt),
  ];
  const told = candidates.find((ms) => Number.isFinite(ms));
  if (told === undefined) return undefined;
  return Math.min(Math.max(Math.ceil(told), 0), RETRY_AFTER_MAX_MS);
}
