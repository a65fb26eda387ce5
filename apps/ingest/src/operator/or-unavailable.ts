import { AppError, asAppError } from '@signalbox/kernel';
import { setTimeout as delay } from 'node:timers/promises';

/** A person waits; what takes longer is answered as not known, and may still happen. */
const ANSWER_MAX_MS = 6_000;

export interface Unavailable {
  readonly code: string;
  /** What this means to the one who asked. */
  readonly message: string;
}

/**
 * What `work` resolves with; refusals of it pass through.
 * @throws AppError `unavailable` with the words given when it is, or takes longer than 6 s.
 */
export async function orUnavailable<T>(
  work: Promise<T>,
  { code, message }: Unavailable,
): Promise<T> {
  const inTime = new AbortController();
  const late = delay(ANSWER_MAX_MS, undefined, { signal: inTime.signal }).then(() => {
    throw new AppError({ code, kind: 'unavailable', message });
  });
  try {
    return await Promise.race([work, late]);
  } catch (cause) {
    const { kind, message: reason } = asAppError(cause);
    if (kind !== 'unavailable' || reason === message) throw cause;
    throw new AppError({ code, kind, message: `${message} (${reason})`, cause });
  } finally {
    inTime.abort();
    late.catch(() => undefined);
  }
}
