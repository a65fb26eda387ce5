import { RE2JS } from 're2js';
import { z } from 'zod';

export const httpUrl = z.url({ protocol: /^https?$/ });

/** What paths are put behind, without a slash at its end. */
export const baseUrl = httpUrl.overwrite((url) => url.replace(/\/$/, ''));

export const headerName = z.string().regex(/^[a-zA-Z0-9-]{1,100}$/);

/** Of a tool; both default to the careful answer. */
export const carefulFields = {
  repeatable: z.boolean().default(false),
  approval: z.boolean().default(true),
};

/** Of one request, which a model waits for. */
export const requestTimeoutMs = z.int().min(100).max(120_000);

/** Well under what a consumer gives a handler: then the call is parked while it still runs. */
export const timeoutMs = z.int().min(100).max(600_000);

/** Size of a result as JSON. The audit stream takes messages of 256 KB. */
export const outputBytesMax = z.int().min(1_000).max(200_000);

/** A name, or several by `*`. */
export const namePattern = z
  .string()
  .regex(/^[a-zA-Z0-9_*-]{1,100}$/, 'may have letters, digits, _, - and * only, 1 to 100 of them');

/** RE2 (https://github.com/google/re2/wiki/Syntax), matched against the whole text. */
export const re2 = z
  .string()
  .max(500)
  .refine(isRe2, 'is not a regular expression that RE2 understands');

function isRe2(pattern: string): boolean {
  try {
    RE2JS.compile(pattern);
    return true;
  } catch {
    return false;
  }
}
