import { randomBytes } from 'node:crypto';

/** W3C Trace Context, version 00: https://www.w3.org/TR/trace-context/#traceparent-header */
const TRACEPARENT = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})$/;
const SAMPLED = '01';

/**
 * The header of a new span in `parent`'s trace; of a new, sampled trace when `parent` is absent
 * or is not a traceparent.
 */
export function continueTrace(parent?: string): string {
  const [, traceId = randomBytes(16).toString('hex'), flags = SAMPLED] =
    TRACEPARENT.exec(parent ?? '') ?? [];
  return `00-${traceId}-${randomBytes(8).toString('hex')}-${flags}`;
}
