import { defineCommand, defineEvent, json, jsonObject, type EventOf } from '@signalbox/kernel';
import { z } from 'zod';
import { blobRef, executionOwner, leaseProof, sha256, token, ulid } from './shared.schemas.ts';

const aggregate = 'toolcall';

/** Clauses of a refusal that say a halt is why: the run that asked must end. */
export const HALT_CLAUSES = ['halted', 'stale_epoch'] as const;

/** What a caller learns of its call; `unknown` means nobody can say whether it took effect. */
export const toolOutcome = z.discriminatedUnion('status', [
  z.object({
    status: z.literal('succeeded'),
    result: json,
    /** Where the whole of it is; `result` then holds its beginning only. */
    whole: blobRef.optional(),
  }),
  z.object({ status: z.literal('failed'), code: z.string(), message: z.string() }),
  z.object({ status: z.literal('refused'), clause: z.string(), message: z.string() }),
  z.object({ status: z.literal('unknown'), message: z.string() }),
]);
export type ToolOutcome = z.output<typeof toolOutcome>;

const toolInvocation = z.object({
  /** The effect key: one effect at most, however often it is asked for. */
  callId: ulid,
  tool: z.string().min(1).max(100),
  arguments: jsonObject,
  /** The tool's definition as the caller knew it. */
  definitionDigest: sha256,
  executionId: ulid,
  caller: token,
  /** The grant that allows it, where the tool needs one. */
  approvalId: ulid.optional(),
  /** That the caller holds the resource it acts on. */
  lease: leaseProof.optional(),
  /** Which service is told what became of it. */
  replyTo: executionOwner,
});
export type ToolInvocation = z.output<typeof toolInvocation>;

export const invokeTool = defineCommand({
  service: 'tool-gateway',
  name: 'invoke-tool',
  summary: 'Run a tool, once.',
  schema: toolInvocation,
});

const settleFields = { executionId: ulid, callId: ulid, outcome: toolOutcome };

export const settleAgentTool = defineCommand({
  service: 'agent-runner',
  name: 'settle-tool',
  summary: 'Tell a run of an agent what became of its tool call.',
  schema: z.object(settleFields),
});

export const settleWorkflowTool = defineCommand({
  service: 'automation',
  name: 'settle-tool',
  summary: 'Tell a run of a workflow what became of its tool call.',
  schema: z.object(settleFields),
});

export const toolClaimed = defineEvent({
  type: 'toolcall.claimed',
  aggregate,
  summary: 'A gateway is about to run the tool. Without an outcome after this, nobody can tell.',
  schema: z.object({
    invocation: toolInvocation,
    gateway: z.string(),
    epoch: z.int().nonnegative(),
    /** True when running it again does no harm, by our configuration. */
    repeatable: z.boolean(),
    /** The policy in force. */
    policyDigest: sha256.optional(),
  }),
});

export const toolRefused = defineEvent({
  type: 'toolcall.refused',
  aggregate,
  summary: 'The gateway would not run the tool; the clause says why.',
  schema: z.object({ invocation: toolInvocation, clause: z.string(), message: z.string() }),
});

export const toolSucceeded = defineEvent({
  type: 'toolcall.succeeded',
  aggregate,
  summary: 'The tool ran.',
  schema: z.object({
    result: json,
    whole: blobRef.optional(),
    durationMs: z.number().nonnegative(),
  }),
});

export const toolFailed = defineEvent({
  type: 'toolcall.failed',
  aggregate,
  summary: 'The tool ran and answered that it failed, or did not start.',
  schema: z.object({ code: z.string(), message: z.string(), durationMs: z.number().nonnegative() }),
});

export const toolOutcomeUnknown = defineEvent({
  type: 'toolcall.unknown',
  aggregate,
  summary: 'A claim without an outcome, parked for a person: it may or may not have taken effect.',
  schema: z.object({ message: z.string() }),
});

export const toolcallResolved = defineEvent({
  type: 'toolcall.resolved',
  aggregate,
  summary: 'A person said what became of a parked call.',
  schema: z.object({
    /** `retry`: it did not take effect, and is to be run once more. */
    verdict: z.enum(['done', 'not_done', 'retry']),
    note: z.string().max(2000).optional(),
  }),
});

export const resolveCall = defineCommand({
  service: 'tool-gateway',
  name: 'resolve-call',
  summary: 'Say what became of a parked call. Answers with how it stands.',
  schema: z.object({
    callId: ulid,
    verdict: z.enum(['done', 'not_done', 'retry']),
    note: z.string().max(2000).optional(),
  }),
});

export type ToolcallEvent = EventOf<
  | typeof toolClaimed
  | typeof toolRefused
  | typeof toolSucceeded
  | typeof toolFailed
  | typeof toolOutcomeUnknown
  | typeof toolcallResolved
>;

/** A tool as a gateway offers it, on `audit.<env>.tool.<name>`. */
export const toolRegistered = defineEvent({
  type: 'tool.registered',
  aggregate: 'tool',
  summary: 'A gateway offers this tool, in this definition.',
  schema: z.object({
    name: token,
    description: z.string(),
    inputSchema: jsonObject,
    definitionDigest: sha256,
    approvalRequired: z.boolean(),
    /** Running it again does no harm, by our configuration. */
    repeatable: z.boolean(),
    /** The policy under which it is offered. */
    policyDigest: sha256.optional(),
  }),
});
export type ToolRegistered = EventOf<typeof toolRegistered>;

/** On `audit.<env>.gateway.programs`. */
export const programsUnsandboxed = defineEvent({
  type: 'gateway.programs_unsandboxed',
  aggregate: 'gateway',
  summary: 'These programs of the gateway run without a sandbox; said at a start that changes it.',
  schema: z.object({
    /** As the configuration names them, in order: `upstreams.files`, `remediation`. */
    programs: z.array(z.string().max(200)).max(1000),
  }),
});
export type ProgramsUnsandboxed = EventOf<typeof programsUnsandboxed>;
