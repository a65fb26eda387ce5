import { defineEvent } from '@signalbox/kernel';
import { z } from 'zod';
import { instant } from './shared.schemas.ts';

export const deadLetterRedriven = defineEvent({
  type: 'dead_letter.redriven',
  aggregate: 'dead_letter',
  summary: 'A person had a dead letter put back where it came from, to be processed once more.',
  schema: z.object({
    /** Its place in the stream DLQ. */
    sequence: z.int().positive(),
    service: z.string(),
    /** Why it had become one. */
    code: z.string(),
    reason: z.string(),
    deadAt: instant,
    /** Where the original stood. */
    stream: z.string(),
    subject: z.string(),
    originalSequence: z.int().nonnegative(),
  }),
});
