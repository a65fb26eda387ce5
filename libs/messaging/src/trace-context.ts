import { randomUUID } from 'node:crypto';

/** W3C Trace Context, version 00: https://www.w3.org/TR/trace-context/#traceparent-header */
const TRACEPARENT = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})$/;
const SAMPLED = '01';

/**
 * The header of a new span in `parent`'s trace; of a new, sampled trace when `parent` is absent
 * or is not a traceparent.
 */
export function continueTrace(parent?: string): string {
  const [, traceId = randomHex(), flags = SAMPLED] = TRACEPARENT.exec(parent ?? '') ?? [];
  return `00-${traceId}-${randomHex().slice(-16)}-${flags}`;
}

/** 32 digits. A UUID costs a tenth of `randomBytes`, because Node draws many at a time. */
function randomHex(): string {
  return randomUUID().replaceAll('-', '');
}
