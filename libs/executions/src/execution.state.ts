import type {
  executionStarted,
  ExecutionEvent,
  ExecutionPlan,
  leaseObserved,
  modelAnswered,
  modelFailed,
  ToolOutcome,
} from '@signalbox/contracts';
import type { DataOf, EventRecord } from '@signalbox/kernel';
import type { Waiting } from './waiting.ts';

/** Recorded once it is in the log; what is about to be appended has no record yet. */
export type JournalEvent = ExecutionEvent & { readonly record?: EventRecord };
export type EventOfType<Type extends JournalEvent['type']> = Extract<JournalEvent, { type: Type }>;

/** The last event of a run. */
export type EndEvent = EventOfType<
  'execution.completed' | 'execution.failed' | 'execution.rejected' | 'execution.halted'
>;

export interface Settled {
  readonly step: number;
  readonly callId: string;
  readonly outcome: ToolOutcome;
}

/** Tokens and US dollars set aside for a model call. */
export interface Reserved {
  readonly tokens: number;
  readonly usd: number;
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
  /** Of the step that has no answer yet. */
  readonly modelCall: {
    /** 0 while no call is under way. */
    readonly requestedStep: number;
    readonly failures: number;
    /** Why the last one failed. */
    readonly failure?: Pick<DataOf<typeof modelFailed>, 'code' | 'reason'>;
    readonly reserved?: Reserved;
  };
  /** Used by failed calls, or set aside where nobody will ever know it. Absent: none. */
  readonly lost?: Reserved | undefined;
  /** In the order in which they came. */
  readonly settled: readonly Settled[];
  readonly granted: readonly string[];
  readonly observed: readonly string[];
  /** As it was last observed; its time may be up, and somebody else's turn. */
  readonly lease?: DataOf<typeof leaseObserved> | undefined;
  readonly end?: {
    readonly event: EndEvent;
    /** What it waited for when it ended. */
    readonly abandoned: Waiting | undefined;
  };
}

/** Undefined before the run has begun. */
export type ExecutionState = Run | undefined;

export function hasEnded({ status }: Run): boolean {
  return status !== 'running' && status !== 'awaiting_approval';
}
