import { resolveCall } from '@signalbox/contracts';
import { z } from 'zod';
import { operation } from '../openapi/operation.ts';
import { anyObject, id, instant, LATER, pageOf, pending, word } from '../openapi/shapes.ts';
import { idPath, named, pageFields } from '../operator/queries.page.ts';

const statuses = ['claimed', 'succeeded', 'failed', 'refused', 'unknown'] as const;

export const listToolCalls = operation({
  id: 'listToolCalls',
  summary: 'What became of tool calls, oldest first',
  // What is not known is refused: the whole list would look like the part that was asked for.
  query: z
    .strictObject({
      ...pageFields,
      status: z.enum(statuses).optional(),
      execution_id: named.optional(),
    })
    .transform(({ execution_id: executionId, ...query }) => ({ ...query, executionId })),
  answers: {
    200: pageOf(
      z
        .object({
          call_id: id,
          execution_id: id,
          tool: z.string(),
          caller: z.string(),
          arguments: anyObject,
          status: z.enum(statuses),
          repeatable: z.boolean().nullable(),
          approval_id: id.nullable(),
          gateway: z.string().nullable(),
          code: z.string().nullable(),
          message: z.string().nullable(),
          duration_ms: z.number().nullable(),
          claimed_at: instant.nullable(),
          settled_at: instant.nullable(),
          sequence: z.int(),
        })
        .meta({ id: 'ToolCall' }),
    ),
  },
});

const { verdict, note } = resolveCall.schema.shape;

export const settleToolCall = operation({
  id: 'settleToolCall',
  summary: 'Say what became of a call of which nobody knows',
  path: idPath,
  body: z.strictObject({ verdict, note: note.nullable() }),
  answers: {
    200: {
      description: 'It is settled.',
      body: z.object({
        status: z.literal('resolved'),
        call_id: id,
        verdict,
        outcome: word.meta({ description: 'How the call stands now.' }),
        message: z.string().nullable(),
      }),
    },
    202: { description: LATER, body: pending({ call_id: id }) },
  },
  problems: { 404: 'There is no such call.', 409: 'It is settled.' },
});
