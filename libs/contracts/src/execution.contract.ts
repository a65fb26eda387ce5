import { defineCommand, defineEvent, json, jsonObject, type EventOf } from '@signalbox/kernel';
import { z } from 'zod';
import { executionPlan } from './execution-plan.schemas.ts';
import {
  approvalOutcome,
  instant,
  modelName,
  riskLevel,
  sha256,
  token,
  ulid,
} from './shared.schemas.ts';
import { toolOutcome } from './toolcall.contract.ts';

const aggregate = 'execution';

const startFields = {
  executionId: ulid,
  signalId: ulid,
  objective: z.string(),
  /** Untrusted: what the signal said. Data for the plan, never instructions. */
  input: json,
  riskLevel,
  approvalRequired: z.boolean(),
  /** Of the signal. Runs of older releases have none. */
  source: z.string().max(100).optional(),
};

/** The tool use of another run that this run answers. */
const parent = z.object({
  executionId: ulid,
  callId: ulid,
  /** 1 for the sub-agent of a run that has no parent. */
  depth: z.int().positive(),
});

export const startAgent = defineCommand({
  service: 'agent-runner',
  name: 'start-agent',
  summary: 'Run an agent on an objective.',
  schema: z.object({ ...startFields, agent: token, parent: parent.optional() }),
  // The run of a sub-agent carries on one that has begun.
  lane: ({ source = '', agent, parent: of }) => (of ? undefined : `${source}/${agent}`),
});

export const startWorkflow = defineCommand({
  service: 'automation',
  name: 'start-workflow',
  summary: 'Run a workflow.',
  schema: z.object({ ...startFields, workflow: token }),
  lane: ({ source = '', workflow }) => `${source}/${workflow}`,
});

const stop = { executionId: ulid, reason: z.string().min(1).max(2000) };

export const cancelAgent = defineCommand({
  service: 'agent-runner',
  name: 'cancel',
  summary: 'End a run of an agent, and the runs of its sub-agents.',
  schema: z.object(stop),
});

export const cancelWorkflow = defineCommand({
  service: 'automation',
  name: 'cancel',
  summary: 'End a run of a workflow.',
  schema: z.object(stop),
});

export const continueAgent = defineCommand({
  service: 'agent-runner',
  name: 'continue',
  summary: 'Look at a run again: a time is up that it waited for.',
  schema: z.object({ executionId: ulid }),
});

export const executionStarted = defineEvent({
  type: 'execution.started',
  aggregate,
  summary: 'A run of an agent or a workflow began, bound to these versions.',
  schema: z.object({ ...startFields, plan: executionPlan, parent: parent.optional() }),
});

export const executionActivated = defineEvent({
  type: 'execution.activated',
  aggregate,
  summary: 'A process took the run over. It fences out every process that had it before.',
  schema: z.object({ runner: z.string() }),
});

export const modelCallRequested = defineEvent({
  type: 'execution.model_call_requested',
  aggregate,
  summary: 'The model is about to be asked.',
  schema: z.object({
    step: z.int().positive(),
    provider: z.string(),
    model: z.string(),
    offline: z.boolean(),
    /** What the call may use at most, set aside in every budget that it counts in. */
    tokensReserved: z.int().nonnegative().optional(),
    /** US dollars. */
    usdReserved: z.number().nonnegative().optional(),
  }),
});

const toolUse = z.object({ callId: ulid, tool: z.string(), arguments: jsonObject });
export type ToolUse = z.output<typeof toolUse>;

export const modelAnswered = defineEvent({
  type: 'execution.model_answered',
  aggregate,
  summary: 'The whole answer of the model.',
  schema: z.object({
    step: z.int().positive(),
    provider: z.string(),
    model: z.string(),
    offline: z.boolean(),
    text: z.string(),
    toolUses: z.array(toolUse),
    /** The whole prompt, with what was read from and written to the provider's cache. */
    promptTokens: z.int().nonnegative(),
    cacheReadTokens: z.int().nonnegative().optional(),
    cacheWriteTokens: z.int().nonnegative().optional(),
    /** All that the model wrote, with its reasoning. */
    completionTokens: z.int().nonnegative(),
    reasoningTokens: z.int().nonnegative().optional(),
    /** By list price, in US dollars; absent where no price is known. */
    usd: z.number().nonnegative().optional(),
    /** Who was asked before the one that answered. */
    failedBefore: z.array(modelName.extend({ code: z.string(), reason: z.string() })).optional(),
  }),
});

export const modelFailed = defineEvent({
  type: 'execution.model_failed',
  aggregate,
  summary: 'The model gave no usable answer.',
  schema: z.object({
    step: z.int().positive(),
    attempt: z.int().positive(),
    reason: z.string(),
    code: z.string().optional(),
    /** Of an answer of no use; absent: nobody knows, or nothing. */
    tokensUsed: z.int().nonnegative().optional(),
    /** US dollars, by list price; absent where no price is known. */
    usdUsed: z.number().nonnegative().optional(),
    /** When it is asked again; absent: at once, or not at all. */
    retryAt: instant.optional(),
  }),
});

export const budgetReached = defineEvent({
  type: 'execution.budget_reached',
  aggregate,
  summary: 'The next model call could pass a budget, so it is not made.',
  schema: z.object({
    step: z.int().positive(),
    /** Whose budget: this run's, its agent's or its source's of the day, or the whole day's. */
    scope: z.enum(['run', 'agent', 'source', 'day']),
    unit: z.enum(['tokens', 'usd']),
    limit: z.number().nonnegative(),
    /** Used and set aside before. */
    spent: z.number().nonnegative(),
    wanted: z.number().nonnegative(),
  }),
});

export const leaseAwaited = defineEvent({
  type: 'execution.lease_awaited',
  aggregate,
  summary: 'Another run holds the resource; this one waits in line, without holding a worker.',
  schema: z.object({ resource: token, heldBy: ulid }),
});

export const leaseObserved = defineEvent({
  type: 'execution.lease_observed',
  aggregate,
  summary: 'The run holds the lease of its resource.',
  schema: z.object({
    resource: token,
    /** Goes with every tool call; the gateway refuses all but the newest. */
    token: z.int().positive(),
    until: instant,
  }),
});

export const toolRequested = defineEvent({
  type: 'execution.tool_requested',
  aggregate,
  summary: 'A tool call was handed to the gateway.',
  schema: z.object({
    step: z.int().positive(),
    use: toolUse,
    definitionDigest: sha256,
    approvalId: ulid.optional(),
  }),
});

export const toolSettled = defineEvent({
  type: 'execution.tool_settled',
  aggregate,
  summary: 'What became of a tool call, as the gateway said.',
  schema: z.object({ step: z.int().positive(), callId: ulid, outcome: toolOutcome }),
});

export const approvalAwaited = defineEvent({
  type: 'execution.approval_awaited',
  aggregate,
  summary: 'The run waits for a person, without holding a worker.',
  schema: z.object({
    approvalId: ulid,
    /** The tool use that waits; absent when the run itself does. */
    callId: ulid.optional(),
  }),
});

export const approvalObserved = defineEvent({
  type: 'execution.approval_observed',
  aggregate,
  summary: 'The person answered, or the time was up.',
  schema: z.object({
    approvalId: ulid,
    outcome: approvalOutcome,
    note: z.string().optional(),
  }),
});

export const executionCompleted = defineEvent({
  type: 'execution.completed',
  aggregate,
  summary: 'The run reached its end.',
  schema: z.object({ summary: z.string() }),
});

export const executionFailed = defineEvent({
  type: 'execution.failed',
  aggregate,
  summary: 'The run ended without reaching its goal.',
  schema: z.object({
    reason: z.enum([
      'step_limit',
      'model_failed',
      'tool_failed',
      'outcome_unknown',
      'unknown_target',
      'invalid_input',
      'budget',
      'deadline',
      'cancelled',
    ]),
    detail: z.string(),
  }),
});

export const executionRejected = defineEvent({
  type: 'execution.rejected',
  aggregate,
  summary: 'A person refused, or nobody answered in time.',
  schema: z.object({ approvalId: ulid, outcome: z.enum(['rejected', 'expired']) }),
});

export const executionHalted = defineEvent({
  type: 'execution.halted',
  aggregate,
  summary: 'The kill switch ended the run.',
  schema: z.object({ epoch: z.int().nonnegative(), detail: z.string() }),
});

export type ExecutionEvent = EventOf<
  | typeof executionStarted
  | typeof executionActivated
  | typeof modelCallRequested
  | typeof modelAnswered
  | typeof modelFailed
  | typeof budgetReached
  | typeof leaseAwaited
  | typeof leaseObserved
  | typeof toolRequested
  | typeof toolSettled
  | typeof approvalAwaited
  | typeof approvalObserved
  | typeof executionCompleted
  | typeof executionFailed
  | typeof executionRejected
  | typeof executionHalted
>;
