import { LIST_MAX } from '@signalbox/read-models';
import { z } from 'zod';

/** Query parameters of every list that comes in pages. */
export const pageFields = {
  limit: z.coerce.number().int().min(1).max(LIST_MAX).optional(),
  cursor: z.coerce.number().int().min(1).optional(),
};
