import { defineEvent, jsonObject, type EventOf } from '@signalbox/kernel';
import { z } from 'zod';
import { riskLevel, token, ulid } from './shared.schemas.ts';

/** What rules, agents and workflows are: aggregates too, so a replay knows what was in force. */

export const ruleSchema = z
  .object({
    id: ulid,
    name: z.string().min(1).max(100),
    pattern: z.string().min(1).max(2000),
    patternType: z
      .enum(['regex', 'keyword', 'event_type', 'payload_match', 'cel'])
      .default('regex'),
    action: z.enum([
      'require_approval',
      'hard_reject',
      'trigger_automation',
      'force_agent',
      'allow',
    ]),
    riskLevel: riskLevel.default('medium'),
    automationId: token.optional(),
    /** With `force_agent`; `take_action` when absent. */
    agentId: token.optional(),
    /** Lower is tried first; equal priorities in the order of creation. */
    priority: z.int().min(0).max(10_000).default(100),
    active: z.boolean().default(true),
  })
  .refine((rule) => rule.action !== 'trigger_automation' || rule.automationId !== undefined, {
    path: ['automationId'],
    message: 'is needed with action trigger_automation',
  });
export type Rule = z.output<typeof ruleSchema>;

export const ruleDefined = defineEvent({
  type: 'rule.defined',
  aggregate: 'rule',
  summary: 'A rule was made or changed; the whole rule as it now stands.',
  schema: z.object({ rule: ruleSchema }),
});

export const ruleDeleted = defineEvent({
  type: 'rule.deleted',
  aggregate: 'rule',
  summary: 'A rule is no longer tried.',
  schema: z.object({}),
});

export const agentSchema = z.object({
  id: token,
  name: z.string(),
  /** The system prompt. */
  role: z.string(),
  /** Names of tools, or patterns such as `runbooks__*`. */
  tools: z.array(z.string().min(1).max(100)),
  stepsMax: z.int().min(1).max(100),
});
export type Agent = z.output<typeof agentSchema>;

export const agentDefined = defineEvent({
  type: 'agent.defined',
  aggregate: 'agent',
  summary: 'An agent was made or changed; the whole of it as it now stands.',
  schema: z.object({ agent: agentSchema }),
});

export const workflowSchema = z.object({
  id: token,
  name: z.string(),
  description: z.string(),
  steps: z
    .array(z.object({ name: z.string(), tool: token, arguments: jsonObject }))
    .min(1)
    .max(100),
});
export type Workflow = z.output<typeof workflowSchema>;

export const workflowDefined = defineEvent({
  type: 'workflow.defined',
  aggregate: 'workflow',
  summary: 'A workflow was made or changed; the whole of it as it now stands.',
  schema: z.object({ workflow: workflowSchema }),
});

export type DefinitionEvent = EventOf<
  typeof ruleDefined | typeof ruleDeleted | typeof agentDefined | typeof workflowDefined
>;
