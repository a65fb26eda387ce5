import type { Json, JsonObject } from '@signalbox/kernel';

/** What the executions API answers, as far as the commands read it. */

export interface ListedExecution {
  readonly execution_id: string;
  readonly signal_id: string;
  readonly source: string | null;
  readonly kind: 'agent' | 'automation';
  readonly target: string;
  readonly objective: string;
  readonly risk_level: string;
  readonly status: string;
  /** How it ended; null while it goes on. */
  readonly outcome: string | null;
  readonly started_at: string | null;
  readonly ended_at: string | null;
  readonly updated_at: string;
}

export interface ExecutionDetail extends Omit<ListedExecution, 'started_at'> {
  readonly started_at: string;
  readonly parent: { readonly execution_id: string } | null;
  readonly plan: {
    readonly agent_version?: number;
    readonly workflow_version?: number;
    readonly models?: readonly { readonly provider: string; readonly model: string }[];
    readonly tools?: readonly { readonly name: string }[];
    readonly agents?: readonly { readonly agent: string }[];
    readonly max_steps?: number;
    readonly deadline_ms?: number | null;
    readonly budget?: { readonly tokens: number | null; readonly usd: number | null } | null;
  };
  readonly waiting: Waiting | null;
  readonly lease: {
    readonly resource: string;
    readonly token: number;
    readonly until: string;
  } | null;
  readonly usage: {
    readonly model_calls: number;
    readonly prompt_tokens: number;
    readonly cache_read_tokens: number;
    readonly completion_tokens: number;
    readonly usd: number;
    readonly unpriced_calls: number;
  };
  readonly steps: readonly Step[];
}

export type Waiting = { readonly since: string | null } & (
  | { readonly for: 'approval'; readonly approval_id: string }
  | { readonly for: 'tool'; readonly call_id: string; readonly tool: string }
  | { readonly for: 'model'; readonly attempt: number; readonly until: string }
  | { readonly for: 'lease'; readonly resource: string }
);

export interface Step {
  readonly step: number;
  readonly kind: 'model' | 'tool';
  readonly name: string;
  readonly status: string;
  readonly answer: Json;
  readonly started_at: string;
  readonly ended_at: string | null;
  /** Of a model. */
  readonly provider?: string;
  readonly offline?: boolean;
  /** Of a tool. */
  readonly call_id?: string;
  readonly arguments?: JsonObject;
  readonly code?: string;
}

export const executionPath = (id: string) => `/api/executions/${encodeURIComponent(id)}`;
