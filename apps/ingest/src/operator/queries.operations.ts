import { z } from 'zod';
import { operation } from '../openapi/operation.ts';
import { anyObject, id, instant, pageOf, word } from '../openapi/shapes.ts';
import { idPath, named, pageFields } from './queries.page.ts';

const text = named.optional();
const count = z.int().nonnegative();

const eventFields = {
  sequence: count.meta({ description: 'Its place in the log.' }),
  id,
  type: word,
  aggregate: word,
  aggregate_id: z.string(),
  version: count,
  schema_version: count,
  created_at: instant,
  actor: z.string(),
  correlation_id: z.string(),
  causation_id: z.string(),
  epoch: count,
  traceparent: z.string().nullable(),
  data: anyObject,
  action: word.meta({ description: 'SIGNAL_RECEIVED, AGENT_STARTED, …' }),
  detail: z.string(),
  input_id: z.string(),
  execution_id: z.string().nullable(),
  risk_level: word.nullable(),
};

export const audit = operation({
  id: 'audit',
  summary: 'Every event, newest first',
  // A filter that is not known is refused: an answer unfiltered would look like a filtered one.
  query: z
    .strictObject({
      ...pageFields,
      since: z.iso
        .datetime({ offset: true })
        .transform((time) => new Date(time))
        .optional(),
      type: text,
      aggregate: text,
      aggregate_id: text,
      correlation_id: text,
      actor: text,
    })
    .transform(({ aggregate_id: aggregateId, correlation_id: correlationId, ...filter }) => ({
      ...filter,
      aggregateId,
      correlationId,
    })),
  answers: {
    200: pageOf(z.object(eventFields).meta({ id: 'AuditEntry' })),
  },
});

export const why = operation({
  id: 'why',
  summary: 'The story of a signal, execution, approval, tool call or event',
  path: idPath,
  answers: {
    200: {
      description: 'Every event of it, in the order of the log.',
      body: z.object({
        id: z.string(),
        correlation_id: z.string().meta({ description: 'Where it began: a signal in most cases.' }),
        events: z.array(
          z
            .object({
              ...eventFields,
              cause: count
                .nullable()
                .meta({ description: 'Sequence of the event that led to it.' }),
            })
            .meta({ id: 'StoryEvent' }),
        ),
        complete: z.boolean().meta({ description: 'False when there are more than are shown.' }),
      }),
    },
  },
  problems: { 404: 'Nothing is known of the id. What was accepted just now may take a moment.' },
});

export const listProblems = operation({
  id: 'listProblems',
  summary: 'What sources report on, the one that was reported last first',
  query: z.strictObject({ ...pageFields, status: z.enum(['open', 'resolved']).optional() }),
  answers: {
    200: pageOf(
      z
        .object({
          id,
          source: z.string(),
          fingerprint: z.string(),
          type: z.string(),
          title: z.string(),
          severity: z.string().nullable(),
          status: z.enum(['open', 'resolved']),
          starts_at: instant,
          first_seen: instant,
          last_seen: instant,
          resolved_at: instant.nullable(),
          reports: count,
          episodes: count.meta({ description: 'How often it began.' }),
          last_signal_id: id,
          signal_id: id.meta({
            description: 'The signal whose decision stands for all reports.',
          }),
          sequence: count,
        })
        .meta({ id: 'ReportedProblem' }),
    ),
  },
});

export const blob = operation({
  id: 'blob',
  summary: 'A payload that events refer to',
  path: z.object({
    digest: z.string().regex(/^sha256:[0-9a-f]{64}$/, 'must be sha256: and 64 hexadecimal digits'),
  }),
  answers: { 200: { description: 'Its bytes, to be saved.', mediaType: '*/*' } },
  problems: { 404: 'There is none of that digest.' },
});
