import { defineCommand, defineEvent, type EventOf } from '@signalbox/kernel';
import { z } from 'zod';
import { riskLevel, token, ulid } from './shared.schemas.ts';

const aggregate = 'rule';

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
/** As it stands in the log; the version counts the events of the rule, every one of them kept. */
export type VersionedRule = Rule & { readonly version: number };

export const ruleDefined = defineEvent({
  type: 'rule.defined',
  aggregate,
  summary: 'A rule was made or changed; the whole rule as it now stands.',
  schema: z.object({ rule: ruleSchema }),
});

export const ruleDeleted = defineEvent({
  type: 'rule.deleted',
  aggregate,
  summary: 'A rule is no longer tried.',
  schema: z.object({}),
});

export type RuleEvent = EventOf<typeof ruleDefined | typeof ruleDeleted>;

const expectedVersion = z.int().nonnegative().optional();

export const defineRule = defineCommand({
  service: 'router',
  name: 'define-rule',
  summary: 'Make or change a rule. Answers with the rule and its version.',
  schema: z.object({
    rule: ruleSchema,
    /** Refused as a conflict when the rule stands at another; 0 for one that must be new. */
    expectedVersion,
  }),
});

export const deleteRule = defineCommand({
  service: 'router',
  name: 'delete-rule',
  summary: 'Stop trying a rule. Answers with its version.',
  schema: z.object({ ruleId: ulid, expectedVersion }),
});
