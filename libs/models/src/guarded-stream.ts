import { type ApiErrorClass, failureOf, ModelFailure, unavailable } from './model-failure.ts';

/**
 * The events of a provider's stream.
 * @throws ModelFailure for whatever goes wrong on the way; `model_aborted` when we ended it, which
 * the SDKs take for a normal end.
 */
export async function* guardedStream<T>(
  open: () => PromiseLike<AsyncIterable<T>>,
  signal: AbortSignal,
  ApiError: ApiErrorClass,
): AsyncGenerator<T> {
  let isOpen = false;
  try {
    const events = await open();
    isOpen = true;
    yield* events;
  } catch (error) {
    if (signal.aborted) throw aborted(error);
    const failure = failureOf(error, ApiError);
    if (failure) throw failure;
    // Before a stream there is nothing a server could have broken: the question itself is.
    if (!isOpen) throw error;
    throw unavailable(error instanceof Error ? error.message : String(error), error);
  }
  if (signal.aborted) throw aborted(signal.reason);
}

function aborted(cause: unknown): ModelFailure {
  const message = 'model: the call was aborted';
  return new ModelFailure({ code: 'model_aborted', kind: 'unavailable', message, cause });
}
