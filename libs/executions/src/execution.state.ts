import type {
  executionStarted,
  ExecutionEvent,
  ExecutionPlan,
  modelAnswered,
  ToolOutcome,
  toolRequested,
} from '@signalbox/contracts';
import type { DataOf, EventRecord } from '@signalbox/kernel';

/** Recorded once it is in the log; what is about to be appended has no record yet. */
export type JournalEvent = ExecutionEvent & { readonly record?: EventRecord };

/** A command that is under way elsewhere, until its answer is in the journal. */
export type Waiting =
  | {
      readonly for: 'approval';
      readonly approvalId: string;
      /** The tool use that waits; absent when the run itself does. */
      readonly callId?: string | undefined;
      readonly record?: EventRecord | undefined;
    }
  | {
      readonly for: 'tool';
      readonly request: DataOf<typeof toolRequested>;
      readonly record?: EventRecord | undefined;
    };

export interface Settled {
  readonly step: number;
  readonly callId: string;
  readonly outcome: ToolOutcome;
}

export type RunStatus =
  'running' | 'awaiting_approval' | 'completed' | 'failed' | 'rejected' | 'halted';

/** A run as its journal tells it. */
export interface Run {
  readonly status: RunStatus;
  readonly started: Omit<DataOf<typeof executionStarted>, 'plan'>;
  readonly plan: ExecutionPlan;
  /** Of the run's first event: the story it belongs to, and the epoch it may act under. */
  readonly record?: EventRecord | undefined;
  /** Who took the run over last. */
  readonly runner?: string;
  readonly waiting?: Waiting | undefined;
  readonly answers: readonly DataOf<typeof modelAnswered>[];
  /** Of the model call that has no answer yet. */
  readonly modelCall: { readonly requestedStep: number; readonly failures: number };
  /** In the order in which they came. */
  readonly settled: readonly Settled[];
  readonly granted: readonly string[];
  readonly observed: readonly string[];
}

/** Undefined before the run has begun. */
export type ExecutionState = Run | undefined;

const NO_CALL = { requestedStep: 0, failures: 0 };

export function evolve(state: ExecutionState, event: JournalEvent): ExecutionState {
  if (event.type === 'execution.started') return begin(event);
  if (state === undefined) throw new Error(`${event.type} stands before execution.started`);
  return { ...state, ...change(state, event) };
}

/** How a journal is read. */
export const journalOf = { initialState: (): ExecutionState => undefined, evolve };

export function hasEnded({ status }: Run): boolean {
  return status !== 'running' && status !== 'awaiting_approval';
}

function begin(event: Extract<JournalEvent, { type: 'execution.started' }>): Run {
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
      return { modelCall: { ...run.modelCall, requestedStep: event.data.step } };
    case 'execution.model_answered':
      return { answers: [...run.answers, event.data], modelCall: NO_CALL };
    case 'execution.model_failed':
      return { modelCall: { requestedStep: 0, failures: event.data.attempt } };
    case 'execution.tool_requested':
      return { waiting: { for: 'tool', request: event.data, record } };
    case 'execution.tool_settled':
      return { waiting: undefined, settled: [...run.settled, event.data] };
    case 'execution.approval_awaited':
      return {
        status: 'awaiting_approval',
        waiting: { for: 'approval', ...event.data, record },
      };
    case 'execution.approval_observed':
      return {
        status: 'running',
        waiting: undefined,
        observed: [...run.observed, event.data.approvalId],
        granted:
          event.data.outcome === 'granted' ? [...run.granted, event.data.approvalId] : run.granted,
      };
    case 'execution.completed':
      return { status: 'completed', waiting: undefined };
    case 'execution.failed':
      return { status: 'failed', waiting: undefined };
    case 'execution.rejected':
      return { status: 'rejected', waiting: undefined };
    case 'execution.halted':
      return { status: 'halted', waiting: undefined };
  }
}
