import {
  approvalAwaited,
  approvalObserved,
  executionCompleted,
  executionFailed,
  executionHalted,
  executionStarted,
  leaseAwaited,
  leaseObserved,
  modelFailed,
  toolRequested,
  toolSettled,
  type ToolOutcome,
} from '@signalbox/contracts';
import { deriveId, digestOf, newId, type EventRecord, type JsonObject } from '@signalbox/kernel';
import { specContext } from '@signalbox/testing';
import { evolve } from './execution.evolve.ts';
import type { ExecutionState, JournalEvent, Run } from './execution.state.ts';
import { nextStep } from './next-step.ts';
import type { Intent, Offer } from './planner.ts';
import { offerOf, planOf } from './platform.fixture.spec.ts';

const now = new Date('2026-11-21T10:00:00.000Z');
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
  nextStep(runOf(events), () => intent, now);

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

describe('GTW-5: arguments that do not fit the tool', () => {
  const inputSchema = {
    type: 'object',
    properties: { target: { type: 'string' } },
    required: ['target'],
  };
  const offer = { definitionDigest, approvalRequired: true, inputSchema };
  const bound = executionStarted.of({
    ...startFields,
    plan: planOf('a', { resource: 'checkout' }),
    approvalRequired: false,
  });
  const outcomeFor = (schema: JsonObject) => {
    const step = next([bound], wants({ ...offer, inputSchema: schema }));
    return step.kind === 'record' && step.event.type === 'execution.tool_settled'
      ? step.event.data.outcome
      : step;
  };

  it('are refused in the words of the gateway, before a person or the lease is asked for', () => {
    expect(outcomeFor(inputSchema)).toEqual({
      status: 'refused',
      clause: 'invalid_arguments',
      message: "The arguments do not fit: (arguments) must have required property 'target'.",
    });
  });
  it('are all arguments, where the schema is of no use', () => {
    expect(outcomeFor({ type: 'nonsense' })).toMatchObject({
      status: 'refused',
      clause: 'invalid_arguments',
      message: expect.stringMatching(/^The input schema is unusable: /),
    });
  });
  it('are another matter than those that do, and where there is no schema', () => {
    const fitting = { ...use, arguments: { target: 'checkout' } };
    const intent: Intent = { kind: 'use_tool', step: 1, use: fitting, offer };
    expect(next([bound], intent)).toMatchObject({ event: { data: { approvalId } } });
    expect(next([started], withApproval)).toMatchObject({ event: { data: { approvalId } } });
  });
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

describe('AGT-3: the deadline', () => {
  const plan = planOf('a', { deadlineMs: 60_000 });
  const record = (time: Date): EventRecord => ({
    ...specContext,
    id: newId(),
    aggregate: 'execution',
    aggregateId: executionId,
    version: 1,
    sequence: 1,
    time,
  });
  const begunAgo = (ms: number) => ({
    ...executionStarted.of({ ...startFields, plan, approvalRequired: false }),
    record: record(new Date(now.getTime() - ms)),
  });

  it('is the end of a run that goes on and of one that waits', () => {
    const end = {
      kind: 'finish',
      event: executionFailed.of({
        reason: 'deadline',
        detail: 'The run had not ended by its deadline, 2026-11-21T10:00:00.000Z.',
      }),
    };
    expect(next([begunAgo(60_000)], freely)).toEqual(end);
    expect(next([begunAgo(60_000), requested], freely)).toEqual(end);
    const awaited = approvalAwaited.of({ approvalId, callId });
    expect(next([begunAgo(60_000), awaited], freely)).toEqual(end);
    const inLine = leaseAwaited.of({ resource: 'checkout', heldBy: newId() });
    expect(next([begunAgo(60_000), inLine], freely)).toEqual(end);
  });
  it('is not a moment before its time', () => {
    expect(next([begunAgo(59_999), requested], freely)).toEqual({ kind: 'await' });
  });
});

it('asks a model that was away when it is time, and waits until then', () => {
  const failedUntil = (retryAt: string) =>
    modelFailed.of({ step: 1, attempt: 1, reason: '503', retryAt });
  const ask: Intent = { kind: 'ask_model', step: 1 };
  expect(next([started, failedUntil('2026-11-21T10:00:00.001Z')], ask)).toEqual({ kind: 'await' });
  expect(next([started, failedUntil('2026-11-21T10:00:00.000Z')], ask)).toEqual(ask);
});

describe('AGT-4: a run with a resource', () => {
  const plan = planOf('a', { resource: 'checkout', agents: [offerOf('helper')] });
  const bound = executionStarted.of({ ...startFields, plan, approvalRequired: false });
  const observedUntil = (until: string) =>
    leaseObserved.of({ resource: 'checkout', token: 7, until });
  const look = { kind: 'look_at_lease', resource: 'checkout' };

  it('looks at its lease before a tool call, and not before a question', () => {
    expect(next([bound], freely)).toEqual(look);
    expect(next([bound, observedUntil('2026-11-21T10:00:00.000Z')], freely)).toEqual(look);
    expect(next([bound, observedUntil('2026-11-21T10:00:00.001Z')], freely)).toMatchObject({
      event: requested,
    });
    expect(next([bound], { kind: 'ask_model', step: 1 })).toMatchObject({ kind: 'ask_model' });
  });
  it('looks at no lease before a tool call that does no harm when it is repeated', () => {
    const looking = { ...use, tool: 'look' };
    const offer = plan.tools.find(({ name }) => name === 'look');
    const intent: Intent = { kind: 'use_tool', step: 1, use: looking, offer };
    expect(next([bound], intent)).toMatchObject({ event: { data: { use: looking } } });
  });
  it('asks a person before it asks for the lease', () => {
    expect(next([bound], withApproval)).toMatchObject({ event: { data: { approvalId } } });
  });
  it('in line looks again whenever it is woken', () => {
    const inLine = leaseAwaited.of({ resource: 'checkout', heldBy: newId() });
    expect(next([bound, inLine], freely)).toEqual(look);
  });
  it('needs none to use a sub-agent', () => {
    const delegated = { ...use, tool: 'agent__helper' };
    const intent: Intent = { kind: 'use_tool', step: 1, use: delegated, offer: undefined };
    expect(next([bound], intent)).toEqual({
      kind: 'record',
      event: toolRequested.of({ step: 1, use: delegated, definitionDigest: digestOf('helper') }),
    });
  });
});
