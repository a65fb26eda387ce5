import { z } from 'zod';
import { operation } from '../openapi/operation.ts';
import { id, instant, LATER, pageOf, pending, word } from '../openapi/shapes.ts';
import { idPath, named, pageFields } from '../operator/queries.page.ts';
import { executionShape } from './execution.shape.ts';

const statuses = [
  'pending',
  'running',
  'awaiting_approval',
  'completed',
  'failed',
  'halted',
  'rejected',
] as const;

const missing = 'There is no such execution.';

export const listExecutions = operation({
  id: 'listExecutions',
  summary: 'Runs of agents and workflows, the one of which something happened last first',
  // What is not known is refused: the whole list would look like the part that was asked for.
  query: z.strictObject({
    ...pageFields,
    status: z.enum(statuses).optional(),
    agent: named.optional(),
    source: named.optional(),
  }),
  answers: {
    200: pageOf(
      z
        .object({
          execution_id: id,
          signal_id: id,
          kind: z.enum(['agent', 'automation']),
          target: z.string(),
          objective: z.string(),
          risk_level: word,
          status: z.enum(statuses),
          approval_required: z.boolean(),
          approval_id: id.nullable(),
          outcome: z.string().nullable(),
          started_at: instant.nullable(),
          ended_at: instant.nullable(),
          updated_at: instant,
          sequence: z.int(),
          source: z.string().nullable(),
        })
        .meta({ id: 'ListedExecution' }),
    ),
  },
});

export const showExecution = operation({
  id: 'showExecution',
  summary: 'One run: how it stands, what it waits for, its steps, what it used',
  description: 'As it stands in the log, whatever the read models know.',
  path: idPath,
  answers: { 200: { description: 'The run.', body: executionShape } },
  problems: { 404: missing },
});

export const cancelExecution = operation({
  id: 'cancelExecution',
  summary: 'End a run, and those of its sub-agents',
  path: idPath,
  body: z.strictObject({ reason: z.string().trim().min(1).max(2000) }),
  answers: {
    200: {
      description: 'It is cancelled.',
      body: z.object({ status: z.literal('cancelled'), execution_id: z.string() }),
    },
    202: { description: LATER, body: pending({ execution_id: z.string() }) },
  },
  problems: { 404: missing, 409: 'It has ended; the answer says how.' },
});

/** What a browser sends when it comes back. */
export const RESUME_HEADER = 'Last-Event-ID';

export const watchExecution = operation({
  id: 'watchExecution',
  summary: 'A run while it goes on, as server-sent events',
  description:
    'Its events from the beginning, `text` while the model speaks, `end` at the end. A stream that breaks off may be asked for again from where it was.',
  path: idPath,
  headers: z.object({ [RESUME_HEADER]: z.coerce.number().int().min(0).default(0) }),
  answers: { 200: { description: 'It begins.', mediaType: 'text/event-stream' } },
  problems: { 404: missing },
});
