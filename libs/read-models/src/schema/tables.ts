import { problemEpisodes, problems } from './problem.tables.ts';
import { defineTable, type RowOf } from './table.ts';

/** The columns, as the migrations make them; a test holds the two together. */

export const signals = defineTable({
  name: 'signal',
  key: ['signal_id'],
  columns: {
    signal_id: 'text',
    source: 'text',
    type: 'text',
    title: 'text',
    severity: 'text?',
    status: 'text',
    fingerprint: 'text',
    labels: 'jsonb',
    starts_at: 'timestamptz',
    received_at: 'timestamptz',
    sequence: 'bigint',
  },
});

export const decisions = defineTable({
  name: 'decision',
  key: ['signal_id'],
  columns: {
    signal_id: 'text',
    outcome: 'text',
    decided_by: 'text',
    risk_level: 'text',
    target_kind: 'text?',
    target: 'text?',
    execution_id: 'text?',
    approval_required: 'boolean',
    rule_id: 'text?',
    rule_name: 'text?',
    model: 'jsonb?',
    trace: 'jsonb',
    message: 'text',
    decided_at: 'timestamptz',
    sequence: 'bigint',
    /** With outcome `grouped`: the signal whose decision stands for this one. */
    grouped_with: 'text?',
  },
});

export type ExecutionStatus =
  'pending' | 'running' | 'awaiting_approval' | 'completed' | 'failed' | 'halted' | 'rejected';

export const executions = defineTable({
  name: 'execution',
  key: ['execution_id'],
  columns: {
    execution_id: 'text',
    signal_id: 'text',
    kind: 'text',
    target: 'text',
    objective: 'text',
    risk_level: 'text',
    status: 'text',
    approval_required: 'boolean',
    /** The approval that was awaited last. */
    approval_id: 'text?',
    /** How it ended: a summary, or why not. */
    outcome: 'text?',
    started_at: 'timestamptz?',
    ended_at: 'timestamptz?',
    /** Of the last event. */
    updated_at: 'timestamptz',
    sequence: 'bigint',
    /** Of the signal; null for runs that began under an older release. */
    source: 'text?',
  },
});
export type Execution = RowOf<typeof executions>;

/** One call of the model or of a tool, in the order of a run. */
export const steps = defineTable({
  name: 'step',
  key: ['execution_id', 'step', 'call_id'],
  columns: {
    execution_id: 'text',
    step: 'integer',
    /** The tool call's; empty for the model's. */
    call_id: 'text',
    kind: 'text',
    /** Of the model or the tool. */
    name: 'text',
    status: 'text',
    /** What the model said, or what became of the tool call. */
    answer: 'text?',
    started_at: 'timestamptz',
    ended_at: 'timestamptz?',
    sequence: 'bigint',
  },
});
export type Step = RowOf<typeof steps>;

export type ToolCallStatus = 'claimed' | 'succeeded' | 'failed' | 'refused' | 'unknown';

export const toolCalls = defineTable({
  name: 'tool_call',
  key: ['call_id'],
  columns: {
    call_id: 'text',
    execution_id: 'text',
    tool: 'text',
    caller: 'text',
    arguments: 'jsonb',
    status: 'text',
    repeatable: 'boolean?',
    approval_id: 'text?',
    gateway: 'text?',
    /** The refusal's clause, or the failure's code. */
    code: 'text?',
    message: 'text?',
    duration_ms: 'double precision?',
    claimed_at: 'timestamptz?',
    settled_at: 'timestamptz?',
    sequence: 'bigint',
  },
});
export type ToolCall = RowOf<typeof toolCalls>;

export type ApprovalStatus = 'pending' | 'approved' | 'rejected' | 'expired' | 'withdrawn';

export const approvals = defineTable({
  name: 'approval',
  key: ['approval_id'],
  columns: {
    approval_id: 'text',
    execution_id: 'text',
    signal_id: 'text',
    action: 'jsonb',
    action_digest: 'text',
    description: 'text',
    risk_level: 'text',
    status: 'text',
    requested_at: 'timestamptz',
    expires_at: 'timestamptz',
    resolved_at: 'timestamptz?',
    resolved_by: 'text?',
    note: 'text?',
    sequence: 'bigint',
  },
});
export type Approval = RowOf<typeof approvals>;

/** Every event, whole. */
export const audit = defineTable({
  name: 'audit',
  key: ['sequence'],
  appendOnly: true,
  columns: {
    sequence: 'bigint',
    event_id: 'text',
    type: 'text',
    aggregate: 'text',
    aggregate_id: 'text',
    version: 'integer',
    schema_version: 'integer',
    time: 'timestamptz',
    actor: 'text',
    correlation_id: 'text',
    causation_id: 'text',
    epoch: 'bigint',
    traceparent: 'text?',
    data: 'jsonb',
  },
});
export type AuditRow = RowOf<typeof audit>;

export const tables = [
  signals,
  decisions,
  problems,
  problemEpisodes,
  executions,
  steps,
  toolCalls,
  approvals,
  audit,
];
