import { jsonObject } from '@signalbox/kernel';
import { z } from 'zod';
import { budget, modelName, sha256, token } from './shared.schemas.ts';

/** A tool as it was offered when the run began. */
const toolOffer = z.object({
  name: token,
  description: z.string(),
  inputSchema: jsonObject,
  definitionDigest: sha256,
  approvalRequired: z.boolean(),
  /** Running it again does no harm, so it needs no lease. */
  repeatable: z.boolean().default(false),
  /** The gateway's policy when the run began; that of each call stands in its claim. */
  policyDigest: sha256.optional(),
});
export type ToolOffer = z.output<typeof toolOffer>;

/** Another agent, offered to the model as a tool of this name. */
const agentOffer = z.object({
  tool: token,
  agent: token,
  description: z.string(),
  inputSchema: jsonObject,
  /** Of the agent's definition when the run began. */
  definitionDigest: sha256,
});
export type AgentOffer = z.output<typeof agentOffer>;

/** What a run of an agent is bound to for its whole life, whatever is deployed meanwhile. */
export const agentPlan = z.object({
  kind: z.literal('agent'),
  agent: token,
  agentVersion: z.int().positive(),
  role: z.string(),
  /** The whole system prompt. Runs of older releases have none: it is made of `role`. */
  system: z.string().optional(),
  tools: z.array(toolOffer),
  agents: z.array(agentOffer).default([]),
  /** Who is asked, and who when the one before is away. Empty: as the service is configured. */
  models: z.array(modelName).default([]),
  stepsMax: z.int().positive(),
  /** From the run's beginning, waiting included. */
  deadlineMs: z.int().positive().optional(),
  /** Of the run's own model calls, those of its sub-agents not counted. */
  budget: budget.optional(),
  /** What the run may act on only while it holds its lease. */
  resource: token.optional(),
});

const workflowStep = z.object({
  name: z.string(),
  tool: token,
  /** Text values may hold `{{name}}`, filled from the execution's input. */
  arguments: jsonObject,
  definitionDigest: sha256.optional(),
  approvalRequired: z.boolean().default(false),
});

export const workflowPlan = z.object({
  kind: z.literal('automation'),
  workflow: token,
  workflowVersion: z.int().positive(),
  steps: z.array(workflowStep),
});

export const executionPlan = z.discriminatedUnion('kind', [agentPlan, workflowPlan]);
export type ExecutionPlan = z.output<typeof executionPlan>;
