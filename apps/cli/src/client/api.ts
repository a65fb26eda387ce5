import type { JsonObject } from '@signalbox/kernel';

/** What the operator API answers, as far as the commands read it. */

export interface Accepted {
  readonly status: string;
  readonly signal_id: string;
  /** When the request held several. */
  readonly signal_ids?: readonly string[];
}

export interface PendingApproval {
  readonly id: string;
  readonly execution_id: string;
  readonly action_description: string;
  /** What is agreed to, exactly. */
  readonly action:
    | { readonly kind: 'tool'; readonly tool: string; readonly arguments: JsonObject }
    | { readonly kind: 'start'; readonly target: string; readonly objective: string };
  readonly risk_level: string;
  readonly expires_at: string;
  /** A halt since it was asked leaves nothing to approve. */
  readonly stale: boolean;
}

export interface Resolution {
  readonly status: 'approved_and_executed' | 'rejected' | 'pending';
  readonly approval_id: string;
  readonly execution_id?: string;
  readonly message?: string;
}

export interface ChatAnswer {
  readonly status:
    | 'completed'
    | 'running'
    | 'awaiting_approval'
    | 'needs_info'
    | 'rejected'
    | 'halted'
    | 'error'
    | 'failed';
  readonly message: string;
  /** Absent while everything is halted. */
  readonly conversation_id?: string;
  readonly signal_id?: string;
  readonly execution_id?: string;
  readonly approval_id?: string;
  readonly agent_type?: string;
  readonly workflow_id?: string;
  readonly rule?: string;
}

export interface Status {
  readonly status: 'operational' | 'killed' | 'unknown';
  /** Null while the read models are unavailable. */
  readonly pending_approvals: number | null;
  /** Absent while the read models are unavailable. */
  readonly unknown_tool_calls?: number;
  /** How many stand so; absent while the read models are unavailable. */
  readonly executions?: Readonly<
    Record<'pending' | 'running' | 'awaiting_approval', number> & Record<string, number>
  >;
  /** Null while NATS does not answer. */
  readonly dead_letters?: number | null;
  /** Rules because of which nothing is decided. */
  readonly unusable_rules?: readonly { readonly name: string; readonly problem: string }[];
  readonly agents: readonly { readonly id: string; readonly name: string }[];
  readonly workflows: readonly { readonly id: string; readonly name: string }[];
  readonly read_models: {
    readonly status: string;
    readonly reason?: string;
    /** Events that they lack; null when that is not known. */
    readonly lag?: number | null;
  };
}

/** What a source reports on, as it stands since it began the last time. */
export interface Problem {
  readonly id: string;
  readonly source: string;
  readonly title: string;
  readonly severity: string | null;
  readonly status: 'open' | 'resolved';
  readonly first_seen: string;
  readonly last_seen: string;
  /** Null while it is open. */
  readonly resolved_at: string | null;
  readonly reports: number;
  /** How often it began. */
  readonly episodes: number;
  /** The signal whose decision stands for all reports. */
  readonly signal_id: string;
}

/** A recorded event, whole. */
export interface ApiEvent {
  readonly sequence: number;
  readonly id: string;
  readonly type: string;
  readonly aggregate: string;
  readonly aggregate_id: string;
  readonly created_at: string;
  readonly actor: string;
  readonly correlation_id: string;
  readonly causation_id: string;
  /** Sequence of the event that led to this one; null for the first. */
  readonly cause: number | null;
  readonly data: JsonObject;
}

export interface Chain {
  readonly id: string;
  readonly correlation_id: string;
  readonly events: readonly ApiEvent[];
  /** False when there are more events than are shown. */
  readonly complete: boolean;
}
