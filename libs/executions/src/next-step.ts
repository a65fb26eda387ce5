import {
  approvalAwaited,
  executionFailed,
  executionHalted,
  HALT_CLAUSES,
  toolRequested,
  toolSettled,
  type AgentOffer,
  type ExecutionEvent,
  type ToolUse,
} from '@signalbox/contracts';
import { deriveId } from '@signalbox/kernel';
import { hasEnded, type Run } from './execution.state.ts';
import { agentOfferOf, resourceFor, unknownTool, type Intent, type Planner } from './planner.ts';
import { argumentRefusal, refused } from './refusal.ts';
import { refusalOf } from './sub-agents.ts';
import { deadlineOf } from './times.ts';

export type NextStep =
  /** It has ended. */
  | { readonly kind: 'none' }
  /** Its last event. */
  | { readonly kind: 'finish'; readonly event: ExecutionEvent }
  /** Follows from the journal alone; then look again. */
  | { readonly kind: 'record'; readonly event: ExecutionEvent }
  | { readonly kind: 'ask_model'; readonly step: number }
  /** Ask whether the run holds the resource, record the answer, then look again. */
  | { readonly kind: 'look_at_lease'; readonly resource: string }
  /** Send `followUp` (again), then let go: an answer will come as a command. */
  | { readonly kind: 'await' };

const haltClauses: ReadonlySet<string> = new Set(HALT_CLAUSES);

/** The whole of what a run does next, out of its journal, its plan and the time. */
export function nextStep(run: Run, plan: Planner, now: Date): NextStep {
  if (hasEnded(run)) return { kind: 'none' };
  const deadline = deadlineOf(run);
  if (deadline && now >= deadline) return { kind: 'finish', event: tooLate(deadline) };
  const { waiting } = run;
  if (waiting?.for === 'lease') return { kind: 'look_at_lease', resource: waiting.resource };
  if (waiting && !(waiting.for === 'timer' && now >= waiting.until)) return { kind: 'await' };
  const approvalId = deriveId(run.started.executionId, 'approval', 'start');
  if (run.started.approvalRequired && !run.granted.includes(approvalId)) {
    return { kind: 'record', event: approvalAwaited.of({ approvalId }) };
  }
  const end = endedByGateway(run);
  if (end) return { kind: 'finish', event: end };
  const intent = plan(run);
  return intent.kind === 'use_tool' ? useTool(run, intent, now) : intent;
}

type UseTool = Extract<Intent, { kind: 'use_tool' }>;

function useTool(run: Run, { step, use, offer }: UseTool, now: Date): NextStep {
  const agent = agentOfferOf(run.plan, use.tool);
  if (agent) return { kind: 'record', event: useAgent(run, { step, use, agent }) };
  const { callId, tool } = use;
  if (!offer) {
    const outcome = refused('unknown_tool', unknownTool(run.plan, tool));
    return { kind: 'record', event: toolSettled.of({ step, callId, outcome }) };
  }
  const { definitionDigest, approvalRequired, inputSchema } = offer;
  const outcome = inputSchema && argumentRefusal(inputSchema, use.arguments);
  if (outcome) return { kind: 'record', event: toolSettled.of({ step, callId, outcome }) };
  const approvalId = approvalRequired ? deriveId(callId, 'approval') : undefined;
  if (approvalId && !run.granted.includes(approvalId)) {
    return { kind: 'record', event: approvalAwaited.of({ approvalId, callId }) };
  }
  const resource = resourceFor(run.plan, tool);
  if (resource !== undefined && !holds(run, now)) return { kind: 'look_at_lease', resource };
  return { kind: 'record', event: toolRequested.of({ step, use, definitionDigest, approvalId }) };
}

/** As far as the journal can tell; the gateway asks the log. */
function holds({ lease }: Run, now: Date): boolean {
  return lease !== undefined && now < new Date(lease.until);
}

function useAgent(
  run: Run,
  { step, use, agent }: { step: number; use: ToolUse; agent: AgentOffer },
): ExecutionEvent {
  const refusal = refusalOf(run, agent, use.arguments);
  return refusal
    ? toolSettled.of({ step, callId: use.callId, outcome: refusal })
    : toolRequested.of({ step, use, definitionDigest: agent.definitionDigest });
}

function tooLate(deadline: Date): ExecutionEvent {
  const detail = `The run had not ended by its deadline, ${deadline.toISOString()}.`;
  return executionFailed.of({ reason: 'deadline', detail });
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
