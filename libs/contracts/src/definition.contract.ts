import { defineEvent, jsonObject, type EventOf } from '@signalbox/kernel';
import { z } from 'zod';
import { ruleDefined, ruleDeleted } from './rule.contract.ts';
import { token } from './shared.schemas.ts';

/** What agents and workflows are: aggregates too, so a replay knows what was in force. */

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
