import {
  executionFailed,
  executionStarted,
  leaseObserved,
  modelCallRequested,
  modelFailed,
  toolRequested,
  toolSettled,
} from '@signalbox/contracts';
import { deriveId, digestOf, fold, newId } from '@signalbox/kernel';
import { journalOf } from './execution.evolve.ts';
import type { JournalEvent } from './execution.state.ts';
import { offerOf, planOf } from './platform.fixture.spec.ts';

const executionId = newId();
const started = executionStarted.of({
  executionId,
  signalId: newId(),
  objective: '',
  input: {},
  riskLevel: 'low',
  approvalRequired: false,
  plan: planOf('a', { agents: [offerOf('helper')] }),
});
const ask = (tokensReserved?: number) =>
  modelCallRequested.of({ step: 1, provider: 'p', model: 'm', offline: false, tokensReserved });
const failedOnce = modelFailed.of({ step: 1, attempt: 1, reason: '503' });
const observed = leaseObserved.of({
  resource: 'checkout',
  token: 7,
  until: '2026-11-21T10:00:00.000Z',
});
const callId = deriveId(executionId, 1, 0);
const uses = (tool: string) =>
  toolRequested.of({
    step: 1,
    use: { callId, tool, arguments: {} },
    definitionDigest: digestOf(tool),
  });
const stateAfter = (...events: readonly JournalEvent[]) => fold(journalOf, [started, ...events]);

it('AGT-6: what was set aside for calls of which nobody heard again is lost', () => {
  expect(stateAfter(ask(5))).toMatchObject({ modelCall: { reserved: { tokens: 5, usd: 0 } } });
  expect(stateAfter(ask(5))?.lost).toBeUndefined();
  expect(stateAfter(ask(5), ask(6), ask(7))?.lost).toEqual({ tokens: 11, usd: 0 });
});

it('waits after a failure that says when to ask again, and else not', () => {
  expect(stateAfter(ask(), failedOnce)?.waiting).toBeUndefined();
  const retryAt = '2026-11-21T10:00:00.000Z';
  const later = modelFailed.of({ ...failedOnce.data, retryAt });
  expect(stateAfter(ask(), later)?.waiting).toMatchObject({
    for: 'timer',
    step: 1,
    attempt: 1,
    until: new Date(retryAt),
  });
  expect(stateAfter(ask(), later, ask())?.waiting).toBeUndefined();
});

it('AGT-4: holds its lease while it uses a tool, but not while it uses an agent', () => {
  expect(stateAfter(observed, uses('mend'))?.lease).toEqual(observed.data);
  expect(stateAfter(observed, uses('agent__helper'))?.lease).toBeUndefined();
});

it('AGT-4: forgets a lease that the gateway calls stale, and keeps it after other refusals', () => {
  const refused = (clause: string) =>
    toolSettled.of({ step: 1, callId, outcome: { status: 'refused', clause, message: '' } });
  expect(stateAfter(observed, uses('mend'), refused('lease_stale'))?.lease).toBeUndefined();
  expect(stateAfter(observed, uses('mend'), refused('not_allowed'))?.lease).toEqual(observed.data);
});

it('remembers what it waited for when it ended', () => {
  const ended = executionFailed.of({ reason: 'cancelled', detail: '' });
  expect(stateAfter(uses('mend'), ended)).toMatchObject({
    status: 'failed',
    waiting: undefined,
    end: { event: ended, abandoned: { for: 'tool' } },
  });
});
