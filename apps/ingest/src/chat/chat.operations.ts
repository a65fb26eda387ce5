import { z } from 'zod';
import { deliveryKey, KEY_HEADER } from '../http/delivery-headers.ts';
import { operation } from '../openapi/operation.ts';
import { anyObject, id, word } from '../openapi/shapes.ts';
import { chatBody } from './chat-request.ts';

const answer = z.union([
  z
    .object({
      conversation_id: z.string(),
      status: z.enum([
        'running',
        'completed',
        'awaiting_approval',
        'needs_info',
        'rejected',
        'halted',
        'error',
        'failed',
      ]),
      message: z.string(),
      type: z.enum(['direct', 'agent', 'automation']).optional(),
      signal_id: id,
      execution_id: id.optional(),
      steps: z
        .array(
          z.object({
            step: z.int(),
            tool: z.string(),
            arguments: anyObject,
            status: word,
            result: z.string().optional(),
          }),
        )
        .optional(),
      reasoning: z.string().optional(),
      approval_id: id.optional(),
      risk_level: word.optional(),
      agent_type: z.string().optional(),
      workflow_id: z.string().optional(),
      objective: z.string().optional(),
      rule: z.string().optional(),
    })
    .meta({ id: 'ChatAnswer' }),
  z
    .object({ status: z.literal('halted'), message: z.string() })
    .meta({ description: 'Nothing is taken while the kill switch is on.' }),
]);

export const sayInChat = operation({
  id: 'chat',
  summary: 'Say something, and hear what became of it',
  headers: z.object({ [KEY_HEADER]: deliveryKey }),
  body: chatBody,
  answers: {
    200: { description: 'The outcome.', body: answer },
    202: { description: 'It goes on; `message` says where its outcome will be.', body: answer },
  },
});
