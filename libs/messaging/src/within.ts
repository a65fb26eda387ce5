import { setTimeout as delay } from 'node:timers/promises';

/** Resolves when `work` does, or after `limitMs`. */
export async function within(limitMs: number, work: Promise<unknown>): Promise<void> {
  const limit = new AbortController();
  const timeUp = delay(limitMs, undefined, { signal: limit.signal }).catch(() => undefined);
  await Promise.race([work, timeUp]);
  limit.abort();
}
