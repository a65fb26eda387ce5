import {
  approvalAwaited,
  approvalObserved,
  executionCompleted,
  executionFailed,
  executionHalted,
  executionStarted,
  toolRequested,
  toolSettled,
  type ToolOutcome,
} from '@signalbox/contracts';
import { deriveId, digestOf, newId } from '@signalbox/kernel';
import { evolve, type ExecutionState, type JournalEvent, type Run } from './execution.state.ts';
import { nextStep } from './next-step.ts';
import type { Intent, Offer } from './planner.ts';

const executionId = newId();
const startFields = {
  executionId,
  signalId: newId(),
  objective: 'mend checkout',
  input: {},
  riskLevel: 'low' as const,
  plan: { kind: 'automation' as const, workflow: 'w', workflowVersion: 1, steps: [] },
};
const started = executionStarted.of({ ...startFields, approvalRequired: false });
const needsApproval = executionStarted.of({ ...startFields, approvalRequired: true });
const startApproval = deriveId(executionId, 'approval', 'start');

const definitionDigest = digestOf('definition');
const callId = deriveId(executionId, 1, 0);
const approvalId = deriveId(callId, 'approval');
const use = { callId, tool: 'restart', arguments: {} };
const wants = (offer: Offer | undefined): Intent => ({ kind: 'use_tool', step: 1, use, offer });
const freely = wants({ definitionDigest, approvalRequired: false });
const withApproval = wants({ definitionDigest, approvalRequired: true });
const requested = toolRequested.of({ step: 1, use, definitionDigest });
const settled = (outcome: ToolOutcome) => toolSettled.of({ step: 1, callId, outcome });
const finish: Intent = { kind: 'finish', event: executionCompleted.of({ summary: 'done' }) };

const runOf = (events: readonly JournalEvent[]): Run => {
  const state = events.reduce<ExecutionState>(evolve, undefined);
  if (!state) throw new Error('not begun');
  return state;
};
const next = (events: readonly JournalEvent[], intent: Intent) =>
  nextStep(runOf(events), () => intent);

it('does as the plan wants', () => {
  expect(next([started], { kind: 'ask_model', step: 1 })).toEqual({ kind: 'ask_model', step: 1 });
  expect(next([started], finish)).toEqual(finish);
  expect(next([started], freely)).toEqual({ kind: 'record', event: requested });
});

it('RTE-2: asks a person first where the run needs it, and once', () => {
  const event = approvalAwaited.of({ approvalId: startApproval });
  expect(next([needsApproval], freely)).toEqual({ kind: 'record', event });
  const granted = approvalObserved.of({ approvalId: startApproval, outcome: 'granted' });
  expect(next([needsApproval, event, granted], freely)).toMatchObject({ event: requested });
});

it('asks a person first where the tool needs it, then names the grant', () => {
  const event = approvalAwaited.of({ approvalId, callId });
  expect(next([started], withApproval)).toEqual({ kind: 'record', event });
  const granted = approvalObserved.of({ approvalId, outcome: 'granted' });
  expect(next([started, event, granted], withApproval)).toEqual({
    kind: 'record',
    event: toolRequested.of({ step: 1, use, definitionDigest, approvalId }),
  });
});

it('waits for what is under way, whatever the plan wants', () => {
  expect(next([started, requested], finish)).toEqual({ kind: 'await' });
  const awaited = approvalAwaited.of({ approvalId, callId });
  expect(next([started, awaited], finish)).toEqual({ kind: 'await' });
});

it('settles by itself what no tool can do', () => {
  const outcome = {
    status: 'refused' as const,
    clause: 'unknown_tool',
    message: 'There is no tool restart.',
  };
  expect(next([started], wants(undefined))).toEqual({ kind: 'record', event: settled(outcome) });
});

it('GTW-6: never goes on after an effect that nobody can tell of', () => {
  const unknown = settled({ status: 'unknown', message: 'parked' });
  expect(next([started, requested, unknown], freely)).toEqual({
    kind: 'finish',
    event: executionFailed.of({ reason: 'outcome_unknown', detail: 'parked' }),
  });
});

it.each(['halted', 'stale_epoch'])('CTL-1: ends when the gateway refused with %s', (clause) => {
  const refused = settled({ status: 'refused', clause, message: 'no' });
  expect(next([started, requested, refused], freely)).toEqual({
    kind: 'finish',
    event: executionHalted.of({ epoch: 0, detail: 'no' }),
  });
});

it('leaves any other refusal or failure to the plan', () => {
  const refused = settled({ status: 'refused', clause: 'not_allowed', message: 'no' });
  const failed = settled({ status: 'failed', code: 'exit_1', message: 'no' });
  expect(next([started, requested, refused], finish)).toEqual(finish);
  expect(next([started, requested, failed], finish)).toEqual(finish);
});

it('has nothing to do after the end', () => {
  const completed = executionCompleted.of({ summary: 'done' });
  expect(next([started, completed], freely)).toEqual({ kind: 'none' });
});
