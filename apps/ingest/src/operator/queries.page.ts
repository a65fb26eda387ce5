import { LIST_MAX } from '@signalbox/read-models';
import { z } from 'zod';

/** Query parameters of every list that comes in pages. */
export const pageFields = {
  limit: z.coerce.number().int().min(1).max(LIST_MAX).optional(),
  cursor: z.coerce.number().int().min(1).optional(),
};

/** What something is looked for by. */
export const named = z
  .string()
  .min(1)
  .max(200)
  // Postgres holds none in a text, and refuses the whole query.
  .refine((value) => !value.includes('\0'), 'has a NUL character');

export const idPath = z.object({ id: named });
