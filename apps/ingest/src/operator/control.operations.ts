import { z } from 'zod';
import { operation } from '../openapi/operation.ts';

const body = z.object({ reason: z.string().max(2000).nullish() });

export const kill = operation({
  id: 'kill',
  summary: 'Halt all operations',
  body,
  // Nobody should have to look up its shape to stop everything.
  isBodyOptional: true,
  answers: {
    200: {
      description: 'The halt is recorded.',
      body: z.object({ status: z.literal('killed'), message: z.string() }),
    },
  },
});

export const resume = operation({
  id: 'resume',
  summary: 'Let work begin again',
  description: 'What the halt has ended stays ended.',
  body,
  isBodyOptional: true,
  answers: {
    200: {
      description: 'That work may begin is recorded.',
      body: z.object({ status: z.literal('operational'), message: z.string() }),
    },
  },
});
