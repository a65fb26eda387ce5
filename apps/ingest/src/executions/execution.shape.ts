import { z } from 'zod';
import { anyObject, id, instant, word } from '../openapi/shapes.ts';

/** What the API tells of one run. */

const count = z.int().nonnegative();
const since = instant.nullable();

const waiting = z.discriminatedUnion('for', [
  z.object({ for: z.literal('approval'), approval_id: id, since }),
  z.object({ for: z.literal('tool'), call_id: id, tool: z.string(), since }),
  z.object({
    for: z.literal('model'),
    step: count,
    attempt: count,
    until: instant,
    since,
  }),
  z.object({ for: z.literal('lease'), resource: z.string(), since }),
]);

const plan = z.union([
  z.object({
    agent: z.string(),
    agent_version: count,
    models: z.array(z.object({ provider: z.string(), model: z.string() })),
    tools: z.array(z.object({ name: z.string(), definition_digest: z.string() })),
    agents: z.array(z.object({ agent: z.string(), definition_digest: z.string() })),
    max_steps: count,
    deadline_ms: count.nullable(),
    budget: z.object({ tokens: count.nullable(), usd: z.number().nullable() }).nullable(),
    resource: z.string().nullable(),
  }),
  z.object({ workflow: z.string(), workflow_version: count, steps: z.array(z.string()) }),
]);

const step = z
  .object({
    step: count,
    kind: z.enum(['model', 'tool']),
    name: z.string(),
    status: word,
    answer: z.unknown().meta({ description: 'Text of a model, the result of a tool, or why not.' }),
    started_at: instant,
    ended_at: instant.nullable(),
    provider: z.string().optional(),
    offline: z.boolean().optional(),
    prompt_tokens: count.optional(),
    completion_tokens: count.optional(),
    usd: z.number().nullish(),
    attempts: count.optional(),
    call_id: id.optional(),
    arguments: anyObject.optional(),
    child_execution_id: id.optional(),
    code: z.string().optional(),
    whole: anyObject.optional().meta({ description: 'Where all of a result is that was cut.' }),
  })
  .meta({ id: 'Step' });

export const executionShape = z
  .object({
    execution_id: id,
    signal_id: id,
    source: z.string().nullable(),
    kind: z.enum(['agent', 'automation']),
    target: z.string(),
    objective: z.string(),
    input: z.unknown(),
    risk_level: word,
    approval_required: z.boolean(),
    status: word,
    reason: word.nullable(),
    outcome: z.string().nullable(),
    started_at: instant,
    ended_at: instant.nullable(),
    updated_at: instant,
    sequence: count,
    parent: z.object({ execution_id: id, call_id: id, depth: count }).nullable(),
    plan: plan.meta({ description: 'What the run is bound to for its whole life.' }),
    waiting: waiting.nullable(),
    lease: z.object({ resource: z.string(), token: count, until: instant }).nullable(),
    usage: z.object({
      model_calls: count,
      prompt_tokens: count,
      cache_read_tokens: count,
      cache_write_tokens: count,
      completion_tokens: count,
      reasoning_tokens: count,
      usd: z.number(),
      unpriced_calls: count.meta({ description: 'Of unknown price, and so not in `usd`.' }),
    }),
    steps: z.array(step),
  })
  .meta({ id: 'Execution' });
