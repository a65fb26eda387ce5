import { defineCommand, defineEvent, jsonObject, type EventOf } from '@signalbox/kernel';
import { z } from 'zod';
import {
  approvalOutcome,
  executionOwner,
  instant,
  riskLevel,
  sha256,
  token,
  ulid,
} from './shared.schemas.ts';

const aggregate = 'approval';

/** The exact action that is asked for; its digest is what a grant is bound to. */
const approvalAction = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('start'), target: token, objective: z.string(), planDigest: sha256 }),
  z.object({
    kind: z.literal('tool'),
    callId: ulid,
    tool: token,
    arguments: jsonObject,
    definitionDigest: sha256,
  }),
]);
export type ApprovalAction = z.output<typeof approvalAction>;

const requestFields = {
  approvalId: ulid,
  executionId: ulid,
  signalId: ulid,
  action: approvalAction,
  /** One line for the person who decides. */
  description: z.string().max(2000),
  riskLevel,
  replyTo: executionOwner,
};

export const requestApproval = defineCommand({
  service: 'approval',
  name: 'request-approval',
  summary: 'Ask a person to agree to one exact action.',
  schema: z.object(requestFields),
});

export const resolveApproval = defineCommand({
  service: 'approval',
  name: 'resolve-approval',
  summary: 'A person agrees or refuses. Answers with the approval as it then stands.',
  schema: z.object({
    approvalId: ulid,
    approved: z.boolean(),
    note: z.string().max(2000).optional(),
  }),
});

export const expireApproval = defineCommand({
  service: 'approval',
  name: 'expire-approval',
  summary: 'The time of an approval is up.',
  schema: z.object({ approvalId: ulid }),
});

export const withdrawApproval = defineCommand({
  service: 'approval',
  name: 'withdraw-approval',
  summary: 'The run that asked has ended: nobody has to answer any more.',
  schema: z.object({ approvalId: ulid, reason: z.string().min(1) }),
});

export const approvalRequested = defineEvent({
  type: 'approval.requested',
  aggregate,
  summary: 'A person is asked to agree to one exact action.',
  schema: z.object({ ...requestFields, actionDigest: sha256, expiresAt: instant }),
});

export const approvalGranted = defineEvent({
  type: 'approval.granted',
  aggregate,
  summary: 'A person agreed to the action with this digest.',
  schema: z.object({ by: z.string(), note: z.string().optional(), actionDigest: sha256 }),
});

export const approvalRejected = defineEvent({
  type: 'approval.rejected',
  aggregate,
  summary: 'A person refused.',
  schema: z.object({ by: z.string(), note: z.string().optional() }),
});

export const approvalExpired = defineEvent({
  type: 'approval.expired',
  aggregate,
  summary: 'Nobody answered in time, so it counts as refused.',
  schema: z.object({ expiresAt: instant }),
});

export const approvalWithdrawn = defineEvent({
  type: 'approval.withdrawn',
  aggregate,
  summary: 'Whoever asked needs no answer any more; also before it was asked.',
  schema: z.object({ reason: z.string() }),
});

export type ApprovalEvent = EventOf<
  | typeof approvalRequested
  | typeof approvalGranted
  | typeof approvalRejected
  | typeof approvalExpired
  | typeof approvalWithdrawn
>;

const settleFields = {
  executionId: ulid,
  approvalId: ulid,
  outcome: approvalOutcome,
  note: z.string().optional(),
};

export const settleAgentApproval = defineCommand({
  service: 'agent-runner',
  name: 'settle-approval',
  summary: 'Tell a run of an agent how its approval ended.',
  schema: z.object(settleFields),
});

export const settleWorkflowApproval = defineCommand({
  service: 'automation',
  name: 'settle-approval',
  summary: 'Tell a run of a workflow how its approval ended.',
  schema: z.object(settleFields),
});
