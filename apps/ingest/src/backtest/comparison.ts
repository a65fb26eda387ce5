import type { Rule } from '@signalbox/contracts';
import type { AppError } from '@signalbox/kernel';
import type { BacktestSummary, ChangedSignal, TracedVerdict } from '@signalbox/rules';

/** What the thread is started with; it is given nothing else but signals. */
export interface ComparisonInput {
  readonly before: readonly Rule[];
  readonly after: readonly Rule[];
  readonly limits: ShownLimits;
}

/** How much of the changed signals is told in full; they are counted beyond it. */
export interface ShownLimits {
  readonly signals: number;
  /** Of all their lines together, reached by the last one. */
  readonly bytes: number;
}

/** To the thread: signals to compare, or that there are no more. Each message has one answer. */
export type ComparisonRequest = PackedSignals | 'end';

/** `signal.received` data as JSON, a line each, and the version of its shape for each. */
export interface PackedSignals {
  readonly lines: Uint8Array<ArrayBuffer>;
  readonly schemaVersions: readonly number[];
}

/** From the thread: first `ready`, then an answer to each request; `failed` ends it. */
export type ComparisonAnswer =
  | { readonly kind: 'ready' }
  | {
      readonly kind: 'compared';
      /** Since the beginning. */
      readonly read: number;
      readonly changed: number;
      /** Lines for the client, each ended, for what changed with this request. */
      readonly lines: string;
    }
  | { readonly kind: 'done'; readonly summary: BacktestSummary; readonly truncated: boolean }
  | { readonly kind: 'failed'; readonly error: Refusal };

/** What of an error a message can carry. */
export type Refusal = Pick<AppError, 'code' | 'kind' | 'message' | 'fields'>;

/** A changed signal as the client is told of it. */
export function changedLine({ signal, before, after }: ChangedSignal): string {
  const { id, source, type, title, receivedAt } = signal;
  return ndjson({
    changed: {
      signal_id: id,
      received_at: receivedAt,
      source,
      type,
      title,
      before: verdictOnWire(before),
      after: verdictOnWire(after),
    },
  });
}

function verdictOnWire(of: TracedVerdict) {
  const { verdict, rule, riskLevel, automationId, agentId, trace } = of;
  return {
    verdict,
    rule,
    risk_level: riskLevel,
    automation_id: automationId,
    agent_id: agentId,
    trace: trace.map(({ ruleId, ruleName, matched, reason }) => ({
      rule_id: ruleId,
      rule_name: ruleName,
      matched,
      reason,
    })),
  };
}

export function ndjson(line: object): string {
  return `${JSON.stringify(line)}\n`;
}
