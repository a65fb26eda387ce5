import { z } from 'zod';
import { operation } from '../openapi/operation.ts';
import { instant, pageOf } from '../openapi/shapes.ts';

const PAGE_DEFAULT = 50;
const PAGE_MAX = 100;

const sequence = z.coerce.number().int().min(1);
const path = z.object({ sequence });
const missing = 'There is no such dead letter.';

const letter = {
  sequence: z.int().meta({ description: 'What names it.' }),
  dead_at: instant,
  service: z.string(),
  code: z.string(),
  reason: z.string(),
  deliveries: z.int(),
  subject: z.string(),
  stream: z.string(),
  original_sequence: z.int(),
  stored_at: instant,
  bytes: z.int(),
};

export const listDeadLetters = operation({
  id: 'listDeadLetters',
  summary: 'What could not be processed, newest first',
  query: z.strictObject({
    limit: z.coerce.number().int().min(1).max(PAGE_MAX).default(PAGE_DEFAULT),
    cursor: sequence.optional().meta({ description: 'Letters before this one.' }),
  }),
  answers: {
    200: pageOf(z.object(letter).meta({ id: 'DeadLetter' })),
  },
});

export const showDeadLetter = operation({
  id: 'showDeadLetter',
  summary: 'One of them, whole',
  path,
  answers: {
    200: {
      description: 'The letter.',
      body: z.object({
        ...letter,
        headers: z.record(z.string(), z.string()),
        body: z.string(),
        body_encoding: z.enum(['utf-8', 'base64']),
      }),
    },
  },
  problems: { 404: missing },
});

export const redriveDeadLetter = operation({
  id: 'redriveDeadLetter',
  summary: 'Put one back where it was',
  path,
  answers: {
    200: {
      description: 'It is back on its stream, and gone from here.',
      body: z.object({ status: z.literal('redriven'), sequence: z.int(), subject: z.string() }),
    },
  },
  problems: { 404: missing },
});
