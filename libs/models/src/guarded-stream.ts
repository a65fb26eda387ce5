import {
  type ApiErrorClass,
  asBrokenOff,
  brokenOff,
  failureOf,
  ModelFailure,
  withoutSecret,
} from './model-failure.ts';

export interface GuardOptions {
  readonly signal: AbortSignal;
  readonly ApiError: ApiErrorClass;
  /** The key that it is asked with: some servers repeat it when they refuse it. */
  readonly secret?: string | undefined;
}

/**
 * The events of a provider's stream.
 * @throws ModelFailure for whatever goes wrong on the way: `answer_truncated` once the answer had
 * begun; `model_aborted` when we ended it, which the SDKs take for a normal end.
 */
export async function* guardedStream<T>(
  open: () => PromiseLike<AsyncIterable<T>>,
  { signal, ApiError, secret }: GuardOptions,
): AsyncGenerator<T> {
  let isOpen = false;
  try {
    const events = await open();
    isOpen = true;
    yield* events;
  } catch (error) {
    throw withoutSecret(meaningOf(error, { signal, ApiError, isOpen }), secret);
  }
  if (signal.aborted) throw aborted(signal.reason);
}

function meaningOf(
  error: unknown,
  { signal, ApiError, isOpen }: GuardOptions & { readonly isOpen: boolean },
): unknown {
  if (signal.aborted) return aborted(error);
  const failure = failureOf(error, ApiError);
  if (failure) return isOpen ? asBrokenOff(failure) : failure;
  // Before a stream there is nothing a server could have broken: the question itself is.
  if (!isOpen) return error;
  return brokenOff(error instanceof Error ? error.message : String(error), error);
}

function aborted(cause: unknown): ModelFailure {
  const message = 'model: the call was aborted';
  return new ModelFailure({
    code: 'model_aborted',
    kind: 'unavailable',
    message,
    cause,
  });
}
