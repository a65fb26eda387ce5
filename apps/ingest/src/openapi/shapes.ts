import { z } from 'zod';

/** Parts of requests and answers that many routes have. */

export const instant = z.iso.datetime();
export const id = z.string().meta({ description: 'A ULID.' });
export const anyObject = z.record(z.string(), z.unknown());
/** A name that each release may add to. */
export const word = z.string();

/** An error as HTTP says it: https://www.rfc-editor.org/rfc/rfc9457 */
export const problem = z
  .object({
    type: z.string().meta({ description: '`urn:signalbox:problem:<what>`, for programs.' }),
    title: z.string(),
    status: z.int(),
    detail: z.string().meta({ description: 'What went wrong, for people.' }),
    errors: z
      .array(
        z.object({
          field: z.string().meta({ description: "A dotted path; '' for the whole." }),
          problem: z.string(),
        }),
      )
      .meta({ description: 'Which fields are wrong, and why.' }),
    retry_after_seconds: z
      .int()
      .optional()
      .meta({ description: 'With 429: seconds after which a try is worth it.' }),
  })
  .meta({ id: 'Problem' });

/** That a change is stored, but not confirmed in time. `about` names what. */
export function pending<Shape extends z.ZodRawShape>(about: Shape) {
  return z.object({ status: z.literal('pending'), message: z.string(), ...about });
}

/** One page of a list. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return { description: 'A page of them.', hasNextPage: true, body: z.array(item) };
}

export const LATER = 'Stored, and will be carried out, but was not confirmed in time.';
