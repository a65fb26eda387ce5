import type { AskedApproval, AuditEntry, Problem, Story } from '@signalbox/read-models';

/** How the API shows what the read models hold. */

export interface ApprovalAnswer {
  readonly id: string;
  readonly action_description: string;
  readonly action: unknown;
  readonly action_digest: string;
  readonly risk_level: string;
  readonly status: string;
  /** The kill switch was used since it was asked: it can be rejected, but not granted any more. */
  readonly stale: boolean;
  readonly execution_id: string;
  readonly signal_id: string;
  readonly created_at: Date;
  readonly expires_at: Date;
}

/** `epoch`: the control epoch as it is now. */
export function approvalAnswer(approval: AskedApproval, epoch: number): ApprovalAnswer {
  return {
    id: approval.approval_id,
    action_description: approval.description,
    action: approval.action,
    action_digest: approval.action_digest,
    risk_level: approval.risk_level,
    status: approval.status,
    // Work only begins while everything runs, so that the next turn of the switch is a halt.
    stale: approval.epoch < epoch,
    execution_id: approval.execution_id,
    signal_id: approval.signal_id,
    created_at: approval.requested_at,
    expires_at: approval.expires_at,
  };
}

/** A problem as it was reported last. */
export type ProblemAnswer = Omit<Problem, 'problem_id'> & { readonly id: string };

export function problemAnswer({ problem_id, ...problem }: Problem): ProblemAnswer {
  return { id: problem_id, ...problem };
}

/** An event, whole, under the names that the contract gives to entries of the audit. */
export type AuditAnswer = Omit<AuditEntry, 'event_id' | 'time'> & {
  readonly id: string;
  readonly created_at: Date;
  readonly input_id: string;
  readonly execution_id: string | null;
  readonly risk_level: string | null;
};

export function auditAnswer({ event_id, time, ...entry }: AuditEntry): AuditAnswer {
  const { executionId, riskLevel } = entry.data as { executionId?: string; riskLevel?: string };
  return {
    id: event_id,
    created_at: time,
    ...entry,
    input_id: entry.correlation_id,
    execution_id: entry.aggregate === 'execution' ? entry.aggregate_id : (executionId ?? null),
    risk_level: riskLevel ?? null,
  };
}

export interface ChainAnswer {
  readonly id: string;
  /** Where the story began: a signal in most cases. */
  readonly correlation_id: string;
  /** In the order of the log; `cause` is the sequence of the event that led to it. */
  readonly events: readonly (AuditAnswer & { readonly cause: number | null })[];
  /** False when the story has more events than are shown. */
  readonly complete: boolean;
}

export function chainAnswer(id: string, { correlationId, events, cut }: Story): ChainAnswer {
  return {
    id,
    correlation_id: correlationId,
    events: events.map(({ entry, cause }) => ({ ...auditAnswer(entry), cause })),
    complete: !cut,
  };
}
