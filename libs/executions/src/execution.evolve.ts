import type { approvalObserved, modelCallRequested, ToolOutcome } from '@signalbox/contracts';
import type { DataOf } from '@signalbox/kernel';
import { lostAfter } from './budget/lost-calls.ts';
import type {
  EndEvent,
  EventOfType,
  ExecutionState,
  JournalEvent,
  Run,
} from './execution.state.ts';
import { agentOfferOf } from './planner.ts';

const NO_CALL = { requestedStep: 0, failures: 0 };

export function evolve(state: ExecutionState, event: JournalEvent): ExecutionState {
  if (event.type === 'execution.started') return begin(event);
  if (state === undefined) throw new Error(`${event.type} stands before execution.started`);
  return { ...state, ...change(state, event), lost: lostAfter(state, event) };
}

/** How a journal is read. */
export const journalOf = { initialState: (): ExecutionState => undefined, evolve };

function begin(event: EventOfType<'execution.started'>): Run {
  const { plan, ...started } = event.data;
  return {
    status: 'running',
    started,
    plan,
    record: event.record,
    answers: [],
    modelCall: NO_CALL,
    settled: [],
    granted: [],
    observed: [],
  };
}

function change(
  run: Run,
  event: Exclude<JournalEvent, { type: 'execution.started' }>,
): Partial<Run> {
  const { record } = event;
  switch (event.type) {
    case 'execution.activated':
      return { runner: event.data.runner };
    case 'execution.model_call_requested':
      return requested(run, event.data);
    case 'execution.model_answered':
      return { answers: [...run.answers, event.data], modelCall: NO_CALL };
    case 'execution.model_failed':
      return failed(event);
    case 'execution.budget_reached':
      return {};
    case 'execution.lease_awaited':
      return { waiting: { for: 'lease', resource: event.data.resource, record } };
    case 'execution.lease_observed':
      return {
        lease: event.data,
        waiting: run.waiting?.for === 'lease' ? undefined : run.waiting,
      };
    case 'execution.tool_requested':
      return {
        waiting: { for: 'tool', request: event.data, record },
        // A sub-agent may have to act on the resource itself.
        lease: agentOfferOf(run.plan, event.data.use.tool) ? undefined : run.lease,
      };
    case 'execution.tool_settled':
      return {
        waiting: undefined,
        settled: [...run.settled, event.data],
        lease: isStale(event.data.outcome) ? undefined : run.lease,
      };
    case 'execution.approval_awaited':
      return { status: 'awaiting_approval', waiting: { for: 'approval', ...event.data, record } };
    case 'execution.approval_observed':
      return answered(run, event.data);
    default:
      return ended(run, event);
  }
}

function requested(
  { modelCall: { failures, failure } }: Run,
  { step, tokensReserved, usdReserved }: DataOf<typeof modelCallRequested>,
): Partial<Run> {
  const reserved = { tokens: tokensReserved ?? 0, usd: usdReserved ?? 0 };
  const before = { failures, ...(failure && { failure }) };
  return { waiting: undefined, modelCall: { requestedStep: step, ...before, reserved } };
}

function failed({ data, record }: EventOfType<'execution.model_failed'>): Partial<Run> {
  const { step, attempt, retryAt } = data;
  const { code, reason } = data;
  const modelCall = { requestedStep: 0, failures: attempt, failure: { code, reason } };
  if (retryAt === undefined) return { modelCall };
  return { modelCall, waiting: { for: 'timer', step, attempt, until: new Date(retryAt), record } };
}

/** The gateway knows of a newer holder, so what the run knows of its lease is worth nothing. */
function isStale(outcome: ToolOutcome): boolean {
  return outcome.status === 'refused' && outcome.clause === 'lease_stale';
}

const statuses = {
  'execution.completed': 'completed',
  'execution.failed': 'failed',
  'execution.rejected': 'rejected',
  'execution.halted': 'halted',
} as const;

function ended({ waiting }: Run, event: EndEvent): Partial<Run> {
  return { status: statuses[event.type], waiting: undefined, end: { event, abandoned: waiting } };
}

function answered(
  { observed, granted }: Run,
  { approvalId, outcome }: DataOf<typeof approvalObserved>,
): Partial<Run> {
  return {
    status: 'running',
    waiting: undefined,
    observed: [...observed, approvalId],
    granted: outcome === 'granted' ? [...granted, approvalId] : granted,
  };
}
