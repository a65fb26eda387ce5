import type {
  ApprovalEvent,
  DecisionMade,
  ExecutionEvent,
  Signal,
  SignalEvent,
} from '@signalbox/contracts';
import { fold, type DomainEvent, type RecordedEvent } from '@signalbox/kernel';
import type { EventStore } from '@signalbox/messaging';
import { journalOf } from './execution.evolve.ts';
import { toolStepsOf, type ToolStep } from './tool-steps.ts';

/**
 * `error`: a run that could not be carried out at all; `failed`: one that was, and did not reach
 * its goal; `rejected`: by a rule, or by the person who was asked.
 */
export type OutcomeStatus =
  | 'running'
  | 'awaiting_approval'
  | 'completed'
  | 'needs_info'
  | 'rejected'
  | 'halted'
  | 'error'
  | 'failed';

/** What became of a signal so far, for whoever waits for it. */
export interface Outcome {
  readonly status: OutcomeStatus;
  /** For people. '' while nothing can be said yet. */
  readonly message: string;
  /** Absent until the router has recorded it. */
  readonly signal?: Signal;
  /** Absent until there is one. */
  readonly decision?: DecisionMade['data'];
  /** With status `awaiting_approval`. */
  readonly approvalId?: string;
  readonly steps: readonly ToolStep[];
}

type Result = Pick<Outcome, 'status' | 'message' | 'approvalId'>;

const RUNNING: Result = { status: 'running', message: '' };

const decided = {
  run: 'running',
  answer: 'completed',
  grouped: 'completed',
  needs_info: 'needs_info',
  reject: 'rejected',
  halted: 'halted',
} as const satisfies Record<DecisionMade['data']['outcome'], OutcomeStatus>;

/** Reasons of a run that did nothing because it could not. */
const errors: ReadonlySet<string> = new Set(['unknown_target', 'invalid_input', 'model_failed']);

/** The events that change an outcome; others change its steps at most. */
export const OUTCOME_EVENTS: ReadonlySet<string> = new Set<
  (SignalEvent | ExecutionEvent | ApprovalEvent)['type']
>([
  'decision.made',
  'approval.requested',
  'execution.completed',
  'execution.failed',
  'execution.rejected',
  'execution.halted',
]);

/**
 * Reads what became of a signal out of the log: its own, that of the run it led to, and that of
 * the approval which the run waits for.
 * @param before only events with a smaller audit sequence count; all when absent.
 * @throws AppError `unavailable` as the store does.
 */
export async function readOutcome(
  store: EventStore,
  signalId: string,
  before = Infinity,
): Promise<Outcome> {
  const read = async <Event extends DomainEvent>(aggregate: string, id: string) => {
    const { events } = await store.read({ aggregate, id }, { fresh: true });
    return (events as readonly RecordedEvent<Event>[]).filter((e) => e.record.sequence < before);
  };
  const signalLog = await read<SignalEvent>('signal', signalId);
  const signal = signalLog.find((event) => event.type === 'signal.received')?.data.signal;
  const decision = signalLog.find((event) => event.type === 'decision.made')?.data;
  const known = { ...(signal && { signal }), ...(decision && { decision }) };
  if (decision?.executionId === undefined) {
    const said = decision && { status: decided[decision.outcome], message: decision.message };
    return { ...known, ...(said ?? RUNNING), steps: [] };
  }
  const run = await read<ExecutionEvent>('execution', decision.executionId);
  const waiting = fold(journalOf, run)?.waiting;
  const result =
    waiting?.for === 'approval'
      ? asked(decision, await read<ApprovalEvent>('approval', waiting.approvalId))
      : resultOf(run);
  return { ...known, ...result, steps: toolStepsOf(run) };
}

/** Not before the approval can be found, nor once it was answered: the run goes on then. */
function asked(
  decision: DecisionMade['data'],
  [request, answer]: readonly ApprovalEvent[],
): Result {
  if (request?.type !== 'approval.requested' || answer) return RUNNING;
  const { approvalId, description, action } = request.data;
  const why = action.kind === 'start' ? `\n${decision.message}` : '';
  const message = `A person has to agree first: ${description}${why}`;
  return { status: 'awaiting_approval', message, approvalId };
}

function resultOf(run: readonly ExecutionEvent[]): Result {
  const last = run.at(-1);
  switch (last?.type) {
    case 'execution.completed':
      return { status: 'completed', message: last.data.summary };
    case 'execution.failed':
      return {
        status: errors.has(last.data.reason) ? 'error' : 'failed',
        message: last.data.detail,
      };
    case 'execution.halted':
      return { status: 'halted', message: last.data.detail };
    case 'execution.rejected': {
      if (last.data.outcome === 'expired') {
        return { status: 'rejected', message: 'Nobody agreed in time.' };
      }
      const observed = run.findLast((event) => event.type === 'execution.approval_observed');
      const note = observed?.data.note;
      return { status: 'rejected', message: `A person refused${note ? `: ${note}` : '.'}` };
    }
    default:
      return RUNNING;
  }
}
