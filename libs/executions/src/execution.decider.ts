import {
  approvalObserved,
  executionFailed,
  executionRejected,
  executionStarted,
  leaseObserved,
  toolSettled,
  type cancelAgent,
  type ExecutionPlan,
  type settleAgentApproval,
  type settleAgentTool,
  type settleLease,
} from '@signalbox/contracts';
import { AppError, type DataOf, type Decider } from '@signalbox/kernel';
import { evolve } from './execution.evolve.ts';
import { hasEnded, type ExecutionState, type JournalEvent, type Run } from './execution.state.ts';

export type ExecutionCommand =
  | {
      readonly type: 'start';
      readonly start: Run['started'];
      readonly plan: ExecutionPlan;
      /** Why there is nothing to run; the plan is then an empty one. */
      readonly unknownTarget?: string | undefined;
      /** Why what it was given is of no use to the target. */
      readonly invalidInput?: string | undefined;
    }
  | ({ readonly type: 'settle_tool' } & DataOf<typeof settleAgentTool>)
  | ({ readonly type: 'settle_approval' } & DataOf<typeof settleAgentApproval>)
  | ({ readonly type: 'settle_lease' } & DataOf<typeof settleLease>)
  | ({ readonly type: 'cancel' } & DataOf<typeof cancelAgent>)
  /** Look at the clock; what is due by it is `nextStep`'s to say. */
  | { readonly type: 'continue' };

/** What the outside may do to a run. What the run itself does next is `nextStep`'s to say. */
export const executionDecider: Decider<ExecutionState, ExecutionCommand, JournalEvent> = {
  initialState: () => undefined,
  decide: (command, state) => {
    if (command.type === 'start') return state === undefined ? start(command) : [];
    if (state === undefined) throw notFound();
    switch (command.type) {
      case 'settle_tool':
        return settleTool(command, state);
      case 'settle_approval':
        return settleApproval(command, state);
      case 'settle_lease':
        return settleLeaseOf(command, state);
      case 'cancel':
        return cancel(command, state);
      case 'continue':
        return [];
    }
  },
  evolve,
};

type Of<Type extends ExecutionCommand['type']> = Extract<ExecutionCommand, { type: Type }>;

function start({ start: asked, plan, ...refused }: Of<'start'>): JournalEvent[] {
  const { unknownTarget, invalidInput } = refused;
  const started = executionStarted.of({ ...asked, plan });
  if (unknownTarget !== undefined) {
    return [started, executionFailed.of({ reason: 'unknown_target', detail: unknownTarget })];
  }
  if (invalidInput === undefined) return [started];
  return [started, executionFailed.of({ reason: 'invalid_input', detail: invalidInput })];
}

function settleTool({ callId, outcome }: Of<'settle_tool'>, run: Run): JournalEvent[] {
  const { waiting } = run;
  if (waiting?.for === 'tool' && waiting.request.use.callId === callId) {
    return [toolSettled.of({ step: waiting.request.step, callId, outcome })];
  }
  if (hasEnded(run) || run.settled.some((s) => s.callId === callId)) return [];
  throw new AppError({
    code: 'tool_call_not_requested',
    kind: 'missing',
    message: `The run waits for no tool call ${callId}.`,
  });
}

function settleApproval(command: Of<'settle_approval'>, run: Run): JournalEvent[] {
  const { approvalId, outcome, note } = command;
  if (run.waiting?.for === 'approval' && run.waiting.approvalId === approvalId) {
    const observed = approvalObserved.of({ approvalId, outcome, note });
    return outcome === 'granted'
      ? [observed]
      : [observed, executionRejected.of({ approvalId, outcome })];
  }
  if (hasEnded(run) || run.observed.includes(approvalId)) return [];
  throw new AppError({
    code: 'approval_not_awaited',
    kind: 'missing',
    message: `The run waits for no approval ${approvalId}.`,
  });
}

/** A run is told of a lease more than once, and of one that it has found by itself. */
function settleLeaseOf({ resource, token, until }: Of<'settle_lease'>, run: Run): JournalEvent[] {
  const isAwaited = run.waiting?.for === 'lease' && run.waiting.resource === resource;
  return isAwaited ? [leaseObserved.of({ resource, token, until })] : [];
}

function cancel({ reason }: Of<'cancel'>, run: Run): JournalEvent[] {
  return hasEnded(run) ? [] : [executionFailed.of({ reason: 'cancelled', detail: reason })];
}

function notFound(): AppError {
  return new AppError({
    code: 'execution_not_found',
    kind: 'missing',
    message: 'There is no such run.',
  });
}
