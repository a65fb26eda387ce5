import {
  approvalAwaited,
  executionFailed,
  executionHalted,
  HALT_CLAUSES,
  toolRequested,
  toolSettled,
  type ExecutionEvent,
} from '@signalbox/contracts';
import { deriveId } from '@signalbox/kernel';
import { hasEnded, type Run } from './execution.state.ts';
import type { Intent, Planner } from './planner.ts';

export type NextStep =
  /** It has ended. */
  | { readonly kind: 'none' }
  /** Its last event. */
  | { readonly kind: 'finish'; readonly event: ExecutionEvent }
  /** Follows from the journal alone; then look again. */
  | { readonly kind: 'record'; readonly event: ExecutionEvent }
  | { readonly kind: 'ask_model'; readonly step: number }
  /** Send `followUp` (again), then let go: an answer will come as a command. */
  | { readonly kind: 'await' };

const haltClauses: ReadonlySet<string> = new Set(HALT_CLAUSES);

/** The whole of what a run does next, out of its journal and its plan. */
export function nextStep(run: Run, plan: Planner): NextStep {
  if (hasEnded(run)) return { kind: 'none' };
  if (run.waiting) return { kind: 'await' };
  const approvalId = deriveId(run.started.executionId, 'approval', 'start');
  if (run.started.approvalRequired && !run.granted.includes(approvalId)) {
    return { kind: 'record', event: approvalAwaited.of({ approvalId }) };
  }
  const end = endedByGateway(run);
  if (end) return { kind: 'finish', event: end };
  const intent = plan(run);
  return intent.kind === 'use_tool' ? { kind: 'record', event: useTool(run, intent) } : intent;
}

function useTool(
  run: Run,
  { step, use, offer }: Extract<Intent, { kind: 'use_tool' }>,
): ExecutionEvent {
  const { callId, tool } = use;
  if (!offer) {
    const message = `There is no tool ${tool}.`;
    return toolSettled.of({
      step,
      callId,
      outcome: { status: 'refused', clause: 'unknown_tool', message },
    });
  }
  const { definitionDigest, approvalRequired } = offer;
  if (!approvalRequired) return toolRequested.of({ step, use, definitionDigest });
  const approvalId = deriveId(callId, 'approval');
  return run.granted.includes(approvalId)
    ? toolRequested.of({ step, use, definitionDigest, approvalId })
    : approvalAwaited.of({ approvalId, callId });
}

/** Outcomes after which no plan may go on. */
function endedByGateway(run: Run): ExecutionEvent | undefined {
  const outcome = run.settled.at(-1)?.outcome;
  if (outcome?.status === 'unknown') {
    return executionFailed.of({ reason: 'outcome_unknown', detail: outcome.message });
  }
  if (outcome?.status === 'refused' && haltClauses.has(outcome.clause)) {
    return executionHalted.of({ epoch: run.record?.epoch ?? 0, detail: outcome.message });
  }
  return undefined;
}
