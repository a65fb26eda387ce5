import type { Run } from './execution.state.ts';

/** Between tries of a model that cannot be reached; thirty of them take some twenty minutes. */
const RETRY_FIRST_MS = 500;
const RETRY_MAX_MS = 60_000;

/** When the run is over whatever it does; undefined where it may take for ever. */
export function deadlineOf({ plan, record }: Run): Date | undefined {
  if (plan.kind !== 'agent' || plan.deadlineMs === undefined || !record) return undefined;
  return new Date(record.time.getTime() + plan.deadlineMs);
}

/**
 * When a model that failed is asked again: when its provider said, else twice as late each time.
 * @param attempt from 1.
 * @param retryAfterMs as the provider said.
 */
export function retryAt(now: Date, attempt: number, retryAfterMs?: number): Date {
  const backOffMs = Math.min(RETRY_FIRST_MS * 2 ** (attempt - 1), RETRY_MAX_MS);
  return new Date(now.getTime() + Math.max(retryAfterMs ?? backOffMs, RETRY_FIRST_MS));
}
