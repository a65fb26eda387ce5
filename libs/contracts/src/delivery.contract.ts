import { defineEvent } from '@signalbox/kernel';
import { z } from 'zod';
import { sha256 } from './shared.schemas.ts';

export const deliveryRefused = defineEvent({
  type: 'delivery.refused',
  aggregate: 'delivery',
  summary: 'A request to a source that must be signed was not, or not by a key of that source.',
  schema: z.object({
    source: z.string().max(100),
    /** How the source signs: `github`, `standard-webhooks`. */
    scheme: z.string().max(100),
    reason: z.string().max(500),
    sha256,
    bytes: z.int().nonnegative(),
    remoteAddress: z.string().max(100),
    /** Refusals of this source that were not recorded one by one since the last that was. */
    unrecorded: z.int().nonnegative().default(0),
  }),
});
