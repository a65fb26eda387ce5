import { parse } from '@signalbox/kernel';
import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';

const CONTENT_TYPE_LENGTH_MAX = 200;
const KEY_LENGTH_MAX = 200;
export const KEY_HEADER = 'Idempotency-Key';

export const deliveryKey = z
  .string()
  .min(1)
  .max(KEY_LENGTH_MAX)
  .optional()
  .meta({ description: 'Sent again with the same key, it is taken once.' });
const keySchema = z.record(z.string(), deliveryKey);

/** What the sender calls the body, cut to what a signal keeps; '' when it says nothing. */
export function contentTypeIn({ 'content-type': type = '' }: IncomingHttpHeaders): string {
  return type.slice(0, CONTENT_TYPE_LENGTH_MAX);
}

/**
 * The sender's own name for its request, in `header`.
 * @throws AppError `invalid`, naming the header, when it is empty or longer than 200 characters.
 */
export function deliveryKeyIn(
  headers: IncomingHttpHeaders,
  header = KEY_HEADER,
): string | undefined {
  return parse(keySchema, { [header]: headers[header.toLowerCase()] }, 'headers')[header];
}
