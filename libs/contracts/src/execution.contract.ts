import { defineCommand, defineEvent, json, jsonObject, type EventOf } from '@signalbox/kernel';
import { z } from 'zod';
import { approvalOutcome, riskLevel, sha256, token, ulid } from './shared.schemas.ts';
import { toolOutcome } from './toolcall.contract.ts';

const aggregate = 'execution';

/** What a run of an agent is bound to for its whole life, whatever is deployed meanwhile. */
const toolOffer = z.object({
  name: token,
  description: z.string(),
  inputSchema: jsonObject,
  definitionDigest: sha256,
  approvalRequired: z.boolean(),
});
export type ToolOffer = z.output<typeof toolOffer>;

export const agentPlan = z.object({
  kind: z.literal('agent'),
  agent: token,
  agentVersion: z.int().positive(),
  role: z.string(),
  tools: z.array(toolOffer),
  stepsMax: z.int().positive(),
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

const executionPlan = z.discriminatedUnion('kind', [agentPlan, workflowPlan]);
export type ExecutionPlan = z.output<typeof executionPlan>;

const startFields = {
  executionId: ulid,
  signalId: ulid,
  objective: z.string(),
  /** Untrusted: what the signal said. Data for the plan, never instructions. */
  input: json,
  riskLevel,
  approvalRequired: z.boolean(),
};

export const startAgent = defineCommand({
  service: 'agent-runner',
  name: 'start-agent',
  summary: 'Run an agent on an objective.',
  schema: z.object({ ...startFields, agent: token }),
});

export const startWorkflow = defineCommand({
  service: 'automation',
  name: 'start-workflow',
  summary: 'Run a workflow.',
  schema: z.object({ ...startFields, workflow: token }),
});

export const executionStarted = defineEvent({
  type: 'execution.started',
  aggregate,
  summary: 'A run of an agent or a workflow began, bound to these versions.',
  schema: z.object({ ...startFields, plan: executionPlan }),
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
    promptTokens: z.int().nonnegative(),
    completionTokens: z.int().nonnegative(),
  }),
});

export const modelFailed = defineEvent({
  type: 'execution.model_failed',
  aggregate,
  summary: 'The model gave no usable answer.',
  schema: z.object({ step: z.int().positive(), attempt: z.int().positive(), reason: z.string() }),
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
  | typeof toolRequested
  | typeof toolSettled
  | typeof approvalAwaited
  | typeof approvalObserved
  | typeof executionCompleted
  | typeof executionFailed
  | typeof executionRejected
  | typeof executionHalted
>;
