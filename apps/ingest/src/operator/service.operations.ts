import { z } from 'zod';
import { operation } from '../openapi/operation.ts';
import { anyObject, word } from '../openapi/shapes.ts';

/** Who we are, whether we work, and how much there is to do. */

export const about = operation({
  id: 'about',
  summary: 'Who answers here',
  access: 'nobody',
  answers: {
    200: {
      description: 'Name, version, and where to go on.',
      body: z.object({
        name: z.literal('signalbox'),
        version: z.string(),
        docs: z.string(),
        status: z.string(),
      }),
    },
  },
});

const ok = z.object({ status: z.literal('ok') });

export const live = operation({
  id: 'live',
  summary: 'Whether the process works',
  access: 'nobody',
  answers: { 200: { description: 'It does.', body: ok } },
});

export const ready = operation({
  id: 'ready',
  summary: 'Whether signals can be accepted',
  description: 'For which NATS is needed, and Postgres is not.',
  access: 'nobody',
  answers: { 200: { description: 'They can.', body: ok } },
  problems: { 503: 'They cannot: the kill switch is not known.' },
});

export const readMetrics = operation({
  id: 'metrics',
  summary: 'Metrics for Prometheus',
  answers: { 200: { description: 'In its text format.', mediaType: 'text/plain' } },
});

const count = z.int().nonnegative();

export const status = operation({
  id: 'status',
  summary: 'The state of everything, whatever is down',
  description: 'What cannot be known is null or absent, with the reason beside it.',
  answers: {
    200: {
      description: 'As it stands.',
      body: z.object({
        status: z.enum(['operational', 'killed', 'unknown']),
        kill_switch: z
          .boolean()
          .meta({ description: 'Also true while nobody can tell: services take it for turned.' }),
        epoch: count.meta({ description: 'How often the kill switch was turned.' }),
        pending_approvals: count.nullable(),
        signals: count.optional(),
        executions: z.record(word, count).optional(),
        unknown_tool_calls: count.optional(),
        read_models: z.object({
          status: z.enum(['ok', 'behind', 'unknown', 'unavailable']),
          position: count.optional(),
          lag: count.nullish().meta({ description: 'Events that the read models lack.' }),
          reason: z.string().optional(),
        }),
        dead_letters: count.nullable(),
        agents: z.array(
          z.object({
            id: z.string(),
            name: z.string(),
            role: z.string(),
            tools: z.array(z.string()),
            max_steps: count,
          }),
        ),
        workflows: z.array(
          z.object({
            id: z.string(),
            name: z.string(),
            description: z.string(),
            steps: z.array(z.object({ name: z.string(), tool: z.string(), arguments: anyObject })),
          }),
        ),
        unusable_rules: z
          .array(z.object({ id: z.string(), name: z.string(), problem: z.string() }))
          .meta({ description: 'While there is one, nothing is decided.' }),
      }),
    },
  },
});
