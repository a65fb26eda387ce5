import {
  allEvents,
  controlHalted,
  controlResumed,
  GLOBAL_SCOPE,
  settleAgentApproval,
  type ApprovalEvent,
} from '@signalbox/contracts';
import { AppError, Clock, digestOf, newId, type ReceivedCommand } from '@signalbox/kernel';
import { NO_EVENTS } from '@signalbox/messaging';
import {
  InMemoryEventStore,
  RecordingCommandBus,
  RecordingTimers,
  specContext,
} from '@signalbox/testing';
import { loadConfig } from '../config.ts';
import { ExpireApprovalHandler } from './expire-approval.handler.ts';
import { RequestApprovalHandler } from './request-approval.handler.ts';
import { ResolveApprovalHandler } from './resolve-approval.handler.ts';
import { WithdrawApprovalHandler } from './withdraw-approval.handler.ts';

class SetClock extends Clock {
  time = new Date('2026-11-21T10:00:00.000Z');
  now(): Date {
    return this.time;
  }
}

const signalId = newId();
const request = {
  approvalId: newId(),
  executionId: newId(),
  signalId,
  action: {
    kind: 'start' as const,
    target: 'diagnose_repair',
    objective: 'mend checkout',
    planDigest: digestOf('plan'),
  },
  description: 'Start diagnose_repair',
  riskLevel: 'high' as const,
  replyTo: 'agent-runner' as const,
};

const received = <Data>(data: Data, actor: ReceivedCommand['actor']): ReceivedCommand<Data> => ({
  id: newId(),
  data,
  deliveries: 1,
  correlationId: newId(),
  causationId: newId(),
  actor,
  epoch: 0,
});

function setUp() {
  const store = new InMemoryEventStore({ definitions: allEvents });
  const bus = new RecordingCommandBus();
  const timers = new RecordingTimers();
  const clock = new SetClock();
  const config = loadConfig({ APPROVAL_TTL_SECONDS: '60' });
  const ask = { ...received(request, 'agent:diagnose_repair'), correlationId: signalId };
  return {
    store,
    bus,
    timers,
    clock,
    ask,
    request: new RequestApprovalHandler(store, timers, clock, config),
    resolve: new ResolveApprovalHandler(store, bus, clock),
    expire: new ExpireApprovalHandler(store, bus, clock),
    withdraw: new WithdrawApprovalHandler(store),
    events: async () => {
      const { events } = await store.read({ aggregate: 'approval', id: request.approvalId });
      return events as readonly (ApprovalEvent & (typeof events)[number])[];
    },
  };
}

const answer = (approved: boolean) =>
  received({ approvalId: request.approvalId, approved }, 'person:ops');
const due = () => received({ approvalId: request.approvalId }, 'service:approval');
const over = () =>
  received({ approvalId: request.approvalId, reason: 'cancelled: wrong host' }, 'agent:a');
const types = (events: readonly { type: string }[]) => events.map(({ type }) => type);

it('asks once and sets the timer each time it is told to', async () => {
  const { ask, events, request: handler, timers } = setUp();
  await handler.handle(ask);
  await handler.handle({ ...ask, deliveries: 2 });
  expect(types(await events())).toEqual(['approval.requested']);
  expect(timers.attempts.map(({ id, at }) => [id, at.toISOString()])).toEqual([
    [timers.attempts[0]?.id, '2026-11-21T10:01:00.000Z'],
    [timers.attempts[0]?.id, '2026-11-21T10:01:00.000Z'],
  ]);
});

it('sets no timer for what was answered', async () => {
  const { ask, request: handler, resolve, timers } = setUp();
  await handler.handle(ask);
  await resolve.handle(answer(true));
  await handler.handle({ ...ask, deliveries: 2 });
  expect(timers.attempts).toHaveLength(1);
});

it('APR-1: a grant is answered, recorded with its person, and told to the run', async () => {
  const { ask, bus, events, request: handler, resolve } = setUp();
  await handler.handle(ask);
  const granted = answer(true);
  const expected = {
    approval_id: request.approvalId,
    execution_id: request.executionId,
    status: 'granted',
  };
  expect(await resolve.handle(granted)).toEqual(expected);
  expect(await resolve.handle({ ...granted, deliveries: 2 })).toEqual(expected);

  const event = (await events()).at(-1);
  expect(event).toMatchObject({
    data: { by: 'person:ops', actionDigest: digestOf(request.action) },
    record: { actor: 'person:ops', correlationId: signalId, causationId: granted.id },
  });
  expect(bus.attempts).toHaveLength(2);
  expect(bus.attempts[1]).toEqual(bus.attempts[0]);
  expect(bus.sentOf(settleAgentApproval)).toMatchObject([
    { executionId: request.executionId, approvalId: request.approvalId, outcome: 'granted' },
  ]);
});

it('APR-1: an answer that comes too late gets `gone`, and the run learns of the expiry', async () => {
  const { ask, bus, clock, events, request: handler, resolve } = setUp();
  await handler.handle(ask);
  clock.time = new Date('2026-11-21T10:01:00.000Z');
  const late = resolve.handle(answer(true));
  await expect(late).rejects.toMatchObject({
    kind: 'gone',
    code: 'approval_expired',
    message: 'Approval expired. Target state assumed mutated. Action auto-rejected.',
  });
  expect(types(await events())).toEqual(['approval.requested', 'approval.expired']);
  expect(bus.sentOf(settleAgentApproval)).toMatchObject([{ outcome: 'expired' }]);
});

it('the first answer stands; the second is told so', async () => {
  const { ask, bus, request: handler, resolve } = setUp();
  await handler.handle(ask);
  await resolve.handle(answer(false));
  const second = resolve.handle(answer(true));
  await expect(second).rejects.toMatchObject({ code: 'approval_already_resolved' });
  expect(bus.sentOf(settleAgentApproval)).toMatchObject([{ outcome: 'rejected' }]);
});

it('APR-1: a grant of what was withdrawn is refused, and nobody is told anything', async () => {
  const { ask, bus, events, request: handler, resolve, withdraw, expire } = setUp();
  await handler.handle(ask);
  await withdraw.handle(over());
  await withdraw.handle(over());
  await expect(resolve.handle(answer(true))).rejects.toMatchObject({
    kind: 'gone',
    code: 'approval_withdrawn',
    message: expect.stringMatching(/cancelled: wrong host/),
  });
  await expire.handle(due());
  expect(types(await events())).toEqual(['approval.requested', 'approval.withdrawn']);
  expect(bus.attempts).toEqual([]);
});

it('APR-1: what was withdrawn before it was asked is never asked', async () => {
  const { ask, events, request: handler, timers, withdraw } = setUp();
  await withdraw.handle(over());
  await handler.handle(ask);
  expect(types(await events())).toEqual(['approval.withdrawn']);
  expect(timers.attempts).toEqual([]);
});

it('CTL-1: after a halt and a resume nothing of before can be granted, only refused', async () => {
  const { ask, bus, events, request: handler, resolve, store } = setUp();
  await handler.handle(ask);
  const switched = [controlHalted.of({ reason: 'drill' }), controlResumed.of({ reason: 'drill' })];
  await store.append({ aggregate: 'control', id: GLOBAL_SCOPE }, NO_EVENTS, switched, specContext);
  await expect(resolve.handle(answer(true))).rejects.toMatchObject({
    kind: 'conflict',
    code: 'approval_stale',
    message: expect.stringMatching(/^The kill switch was used since this was asked: /),
  });
  expect(types(await events())).toEqual(['approval.requested']);
  expect(bus.attempts).toEqual([]);
  expect(await resolve.handle(answer(false))).toMatchObject({ status: 'rejected' });
});

it('APR-3: of a grant and an expiry at once, one wins and the run hears of it alone', async () => {
  const winners = new Set<unknown>();
  // The person's clock is behind the timer's, so that both believe to be in time.
  const timersClock = new SetClock();
  timersClock.time = new Date('2026-11-21T10:01:00.000Z');
  for (let headStart = 0; headStart < 20; headStart++) {
    const { ask, bus, events, request: handler, resolve, store } = setUp();
    const expire = new ExpireApprovalHandler(store, bus, timersClock);
    await handler.handle(ask);
    const grant = resolve.handle(answer(true));
    for (let turn = 0; turn < headStart; turn++) await Promise.resolve();
    await Promise.allSettled([grant, expire.handle(due())]);

    const [, closed, ...more] = types(await events());
    expect(more).toEqual([]);
    const heard = bus.sentOf(settleAgentApproval).map(({ outcome }) => `approval.${outcome}`);
    expect(heard).toEqual([closed]);
    winners.add(closed);
  }
  expect(winners).toEqual(new Set(['approval.granted', 'approval.expired']));
});

it('says which setting is wrong', () => {
  expect(() => loadConfig({ SIGNALBOX_APPROVAL_TTL_SECONDS: 'soon' })).toThrow(
    /SIGNALBOX_APPROVAL_TTL_SECONDS/,
  );
  expect(() => loadConfig({ SIGNALBOX_APPROVAL_TTL_SECONDS: '0' })).toThrow(AppError);
  expect(loadConfig({ APPROVAL_TTL_SECONDS: '60' }).ttlSeconds).toBe(60);
  expect(loadConfig({}).ttlSeconds).toBe(300);
});
