import type { Outcome, OutcomeStatus, ToolStep } from '@signalbox/executions';
import type { ChatSignal } from './chat-request.ts';

const HALTED = {
  status: 'halted',
  message: 'System is halted. Kill switch is active. Deactivate before sending commands.',
} as const;

/** What the chat answers; members that have nothing to say are left out. */
export interface ChatAnswer {
  readonly conversation_id: string;
  /** `running`: the wait was over first. */
  readonly status: OutcomeStatus;
  readonly message: string;
  /** Absent until it is decided. */
  readonly type?: 'direct' | 'agent' | 'automation';
  readonly signal_id: string;
  readonly execution_id?: string;
  /** Tools that were used, in order, with the beginning of what they answered. */
  readonly steps?: readonly ToolStep[];
  /** Why the model chose this. */
  readonly reasoning?: string;
  readonly approval_id?: string;
  readonly risk_level?: string;
  readonly agent_type?: string;
  readonly workflow_id?: string;
  readonly objective?: string;
  /** Name of the rule that decided. */
  readonly rule?: string;
}

/** The contract has these two members and no others while nothing is taken. */
export function haltedAnswer(): typeof HALTED {
  return HALTED;
}

export function chatAnswer(signal: ChatSignal, outcome: Outcome): ChatAnswer {
  const { status, message, decision, approvalId, steps } = outcome;
  const { target, executionId, model } = decision ?? {};
  const beforeAnything = status === 'halted' && executionId === undefined;
  return {
    conversation_id: signal.conversationId,
    status,
    message: beforeAnything
      ? HALTED.message
      : status === 'running'
        ? laterAt(signal, executionId)
        : message,
    ...(decision && { type: target?.kind ?? 'direct' }),
    signal_id: signal.id,
    ...(executionId && { execution_id: executionId, steps }),
    ...(model?.reasoning && { reasoning: model.reasoning }),
    ...(approvalId && { approval_id: approvalId }),
    ...(decision && { risk_level: decision.riskLevel }),
    ...(target?.kind === 'agent' && { agent_type: target.agent, objective: target.objective }),
    ...(target?.kind === 'automation' && { workflow_id: target.workflow }),
    ...(decision?.rule && { rule: decision.rule.name }),
  };
}

function laterAt({ id }: ChatSignal, executionId: string | undefined): string {
  const place = executionId ? `/api/executions/${executionId}` : `/api/why/${id}`;
  return `It goes on. See GET ${place}, or ask again in this conversation.`;
}
