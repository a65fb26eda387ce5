import {
  approvalAwaited,
  approvalObserved,
  executionCompleted,
  executionFailed,
  executionRejected,
  executionStarted,
  leaseAwaited,
  leaseObserved,
  toolRequested,
  toolSettled,
} from '@signalbox/contracts';
import { deriveId, digestOf, newId } from '@signalbox/kernel';
import { specOf } from '@signalbox/testing';
import { executionDecider } from './execution.decider.ts';

const { given } = specOf(executionDecider);

const executionId = newId();
const start = {
  executionId,
  signalId: newId(),
  objective: 'mend checkout',
  input: {},
  riskLevel: 'low' as const,
  approvalRequired: false,
};
const plan = {
  kind: 'automation' as const,
  workflow: 'restart_service',
  workflowVersion: 1,
  steps: [],
};
const callId = deriveId(executionId, 1, 0);
const approvalId = deriveId(callId, 'approval');
const use = { callId, tool: 'execute_remediation', arguments: {} };

const started = executionStarted.of({ ...start, plan });
const requested = toolRequested.of({ step: 1, use, definitionDigest: digestOf('definition') });
const outcome = { status: 'succeeded' as const, result: 'ok' };
const settled = toolSettled.of({ step: 1, callId, outcome });
const awaited = approvalAwaited.of({ approvalId, callId });
const granted = approvalObserved.of({ approvalId, outcome: 'granted' });
const completed = executionCompleted.of({ summary: 'done' });

describe('start', () => {
  const begin = { type: 'start' as const, start, plan };
  it('binds the run to its plan', () => {
    given([]).when(begin).then([started]);
  });
  it('records, and explains, that there is nothing of that name to run', () => {
    given([])
      .when({ ...begin, unknownTarget: 'There is no workflow x.' })
      .then([
        started,
        executionFailed.of({ reason: 'unknown_target', detail: 'There is no workflow x.' }),
      ]);
  });
  it('does nothing when the run had begun, whatever is defined by now', () => {
    given([started])
      .when({ ...begin, plan: { ...plan, workflowVersion: 2 } })
      .then([]);
    given([started, completed]).when(begin).then([]);
  });
});

describe('settle_tool', () => {
  const settle = { type: 'settle_tool' as const, executionId, callId, outcome };
  it('records what became of the call that the run waits for', () => {
    given([started, requested]).when(settle).then([settled]);
  });
  it('does nothing when that was recorded before, or the run has ended', () => {
    given([started, requested, settled]).when(settle).then([]);
    given([started, requested, completed]).when(settle).then([]);
  });
  it('refuses a call that was not requested', () => {
    given([started]).when(settle).thenThrows('tool_call_not_requested');
    given([started, requested])
      .when({ ...settle, callId: newId() })
      .thenThrows('tool_call_not_requested');
  });
  it('refuses for a run that never began', () => {
    given([]).when(settle).thenThrows('execution_not_found');
  });
});

describe('settle_approval', () => {
  const settle = {
    type: 'settle_approval' as const,
    executionId,
    approvalId,
    outcome: 'granted' as const,
  };
  it('records the grant that the run waits for', () => {
    given([started, awaited]).when(settle).then([granted]);
  });
  it.each(['rejected', 'expired'] as const)('ends the run when it was %s', (refusal) => {
    given([started, awaited])
      .when({ ...settle, outcome: refusal })
      .then([
        approvalObserved.of({ approvalId, outcome: refusal }),
        executionRejected.of({ approvalId, outcome: refusal }),
      ]);
  });
  it('does nothing when that was recorded before, or the run has ended', () => {
    given([started, awaited, granted]).when(settle).then([]);
    given([started, awaited, completed]).when(settle).then([]);
  });
  it('refuses an approval that is not awaited', () => {
    given([started]).when(settle).thenThrows('approval_not_awaited');
    given([started, awaited])
      .when({ ...settle, approvalId: newId() })
      .thenThrows('approval_not_awaited');
  });
  it('refuses for a run that never began', () => {
    given([]).when(settle).thenThrows('execution_not_found');
  });
});

describe('settle_lease', () => {
  const held = { resource: 'checkout', token: 7, until: '2026-11-21T10:00:00.000Z' };
  const settle = { type: 'settle_lease' as const, executionId, ...held };
  const inLine = leaseAwaited.of({ resource: 'checkout', heldBy: newId() });
  it('records the lease that the run waits for', () => {
    given([started, inLine])
      .when(settle)
      .then([leaseObserved.of(held)]);
  });
  it('does nothing for a run that does not wait for it, or has ended', () => {
    given([started]).when(settle).then([]);
    given([started, inLine, leaseObserved.of(held)])
      .when(settle)
      .then([]);
    given([started, inLine])
      .when({ ...settle, resource: 'payments' })
      .then([]);
    given([started, inLine, completed]).when(settle).then([]);
  });
  it('refuses for a run that never began', () => {
    given([]).when(settle).thenThrows('execution_not_found');
  });
});

describe('cancel', () => {
  const cancel = { type: 'cancel' as const, executionId, reason: 'the wrong service' };
  const cancelled = executionFailed.of({ reason: 'cancelled', detail: 'the wrong service' });
  it('ends the run, whatever it waits for', () => {
    given([started]).when(cancel).then([cancelled]);
    given([started, requested]).when(cancel).then([cancelled]);
    given([started, awaited]).when(cancel).then([cancelled]);
  });
  it('does nothing to a run that has ended', () => {
    given([started, completed]).when(cancel).then([]);
    given([started, cancelled]).when(cancel).then([]);
  });
  it('refuses for a run that never began', () => {
    given([]).when(cancel).thenThrows('execution_not_found');
  });
});

describe('continue', () => {
  it('changes nothing by itself', () => {
    given([started]).when({ type: 'continue' }).then([]);
    given([started, completed]).when({ type: 'continue' }).then([]);
  });
  it('refuses for a run that never began', () => {
    given([]).when({ type: 'continue' }).thenThrows('execution_not_found');
  });
});
