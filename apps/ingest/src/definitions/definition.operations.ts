import { z } from 'zod';
import { instant } from '../openapi/shapes.ts';

/** What the routes of rules and agents have in common. */

/** Every version, the newest first; the definition stands under `name`. */
export function versionsShape<Name extends string>(name: Name, fields: z.ZodType) {
  return z.array(
    z.object({
      version: z.int().positive(),
      change: z.enum(['created', 'changed', 'deleted']),
      by: z.string(),
      at: instant,
      [name]: fields.nullable().meta({ description: 'As it then stood; null where deleted.' }),
    }),
  );
}

export const CHANGED_MEANWHILE =
  'It stands at another version than sent; without one, than when the request came.';
