import { defineCommand, defineEvent, jsonObject, type EventOf } from '@signalbox/kernel';
import { z } from 'zod';
import { ruleDefined, ruleDeleted } from './rule.contract.ts';
import { budget, modelName, token } from './shared.schemas.ts';

/** What agents and workflows are: aggregates too, so a replay knows what was in force. */

const toolPattern = z.string().min(1).max(100);

export const agentSchema = z.object({
  id: token,
  name: z.string(),
  /** The system prompt. */
  role: z.string(),
  /** What it is for, told to the router's model and to agents that may use it. */
  description: z.string().max(2000).optional(),
  /** JSON Schema 2020-12 of its input; absent: any. */
  inputSchema: jsonObject.optional(),
  /** Names of tools, or patterns such as `runbooks__*`. */
  tools: z.array(toolPattern).max(100),
  /** Agents that it may use as tools `agent__<id>`; ids, or patterns. */
  agents: z.array(toolPattern).max(100).default([]),
  /** Who is asked, and who when the one before is away. Empty: as the service is configured. */
  models: z.array(modelName).max(10).default([]),
  stepsMax: z.int().min(1).max(100),
  /** From a run's beginning, waiting included; a day when absent. */
  deadlineMs: z.int().min(1000).max(2_592_000_000).optional(),
  /** Of each run. */
  budget: budget.optional(),
  /**
   * What a run may act on only while it holds its lease, such as `{{service}}`, filled from its
   * input. Absent, or not to be filled: it needs none.
   */
  resource: z.string().min(1).max(200).optional(),
});
export type Agent = z.output<typeof agentSchema>;
/** As it stands in the log; the version counts the events of the agent. */
export type VersionedAgent = Agent & { readonly version: number };

export const agentDefined = defineEvent({
  type: 'agent.defined',
  aggregate: 'agent',
  summary: 'An agent was made or changed; the whole of it as it now stands.',
  schema: z.object({ agent: agentSchema }),
});

export const agentDeleted = defineEvent({
  type: 'agent.deleted',
  aggregate: 'agent',
  summary: 'An agent is no longer started; its runs go on.',
  schema: z.object({}),
});

const expectedVersion = z.int().nonnegative().optional();

export const defineAgent = defineCommand({
  service: 'agent-runner',
  name: 'define-agent',
  summary: 'Make or change an agent. Answers with its version.',
  schema: z.object({
    agent: agentSchema,
    /** Refused as a conflict when the agent stands at another; 0 for one that must be new. */
    expectedVersion,
  }),
});

export const deleteAgent = defineCommand({
  service: 'agent-runner',
  name: 'delete-agent',
  summary: 'Stop starting an agent. Answers with its version.',
  schema: z.object({ agentId: token, expectedVersion }),
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
  | typeof ruleDefined
  | typeof ruleDeleted
  | typeof agentDefined
  | typeof agentDeleted
  | typeof workflowDefined
>;
