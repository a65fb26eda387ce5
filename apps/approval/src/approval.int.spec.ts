import {
  allEvents,
  type ApprovalEvent,
  requestApproval,
  resolveApproval,
  settleAgentApproval,
  withdrawApproval,
} from '@signalbox/contracts';
import {
  AppError,
  digestOf,
  newId,
  SystemClock,
  type DataOf,
  type MessageContext,
  type RecordedEvent,
} from '@signalbox/kernel';
import {
  JetStreamCommandBus,
  JetStreamEventFeed,
  OnCommand,
  type Feed,
} from '@signalbox/messaging';
import type { RunningService } from '@signalbox/service';
import {
  eventually,
  startStandIn,
  startTestNats,
  type StandIn,
  type TestNats,
} from '@signalbox/testing';
import { Controller, Module } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { setTimeout as delay } from 'node:timers/promises';
import { start } from './main.ts';

/** Whatever the machine is busy with, an answer is in time. */
const LONG_TTL_SECONDS = 3_600;
const SHORT_TTL_SECONDS = 3;
/** For answers around the end of it, of which the first is in time on a machine with other things to do. */
const RACED_TTL_SECONDS = 8;
/** By how much the server's timer and the service may be late. */
const LATE_MAX_MS = 30_000;
const ANSWER_WAIT_MS = 30_000;

const heard: DataOf<typeof settleAgentApproval>[] = [];

/** Stands where the runner of agents would. */
@Controller()
class RunnerNats {
  @OnCommand(settleAgentApproval)
  async onSettle(@Payload() { data }: { data: DataOf<typeof settleAgentApproval> }) {
    heard.push(data);
  }
}
@Module({ controllers: [RunnerNats] })
class RunnerModule {}

let nats: TestNats;
let approval: RunningService;
let runner: StandIn;
let bus: JetStreamCommandBus;
let feed: Feed;
const stored: RecordedEvent<ApprovalEvent>[] = [];

const startApproval = (ttlSeconds: number) =>
  start({
    SIGNALBOX_NATS_URL: nats.url,
    SIGNALBOX_ENV: nats.env,
    SIGNALBOX_APPROVAL_TTL_SECONDS: String(ttlSeconds),
    SIGNALBOX_LOG_LEVEL: 'error',
  });

beforeAll(async () => {
  nats = await startTestNats();
  const { connection, env } = nats;
  const clock = new SystemClock();
  bus = new JetStreamCommandBus({ connection, env, source: 'service:spec', clock });
  feed = await new JetStreamEventFeed({ connection, env, definitions: allEvents }).follow({
    aggregates: ['approval'],
    after: 0,
    handle: (events) => void stored.push(...(events as readonly (typeof stored)[number][])),
  });
  runner = await startStandIn(nats, 'agent-runner', RunnerModule);
  approval = await startApproval(LONG_TTL_SECONDS);
});

/** What is asked from then on has that time. */
async function restart(ttlSeconds: number): Promise<void> {
  await approval.stop();
  approval = await startApproval(ttlSeconds);
}

afterAll(async () => {
  await approval?.stop();
  await runner?.stop();
  await nats?.stop();
});

const contextOf = (actor: MessageContext['actor']): MessageContext => {
  const id = newId();
  return { correlationId: id, causationId: id, actor, epoch: 0 };
};

async function ask(approvalId = newId()): Promise<string> {
  const command = requestApproval.of({
    approvalId,
    executionId: newId(),
    signalId: newId(),
    action: { kind: 'start', target: 'a', objective: 'o', planDigest: digestOf('plan') },
    description: 'Start a: o',
    riskLevel: 'high',
    replyTo: 'agent-runner',
  });
  await bus.send(command, { id: approvalId, context: contextOf('agent:a') });
  return approvalId;
}

const answer = (approvalId: string, approved = true) =>
  bus.request(resolveApproval.of({ approvalId, approved }), {
    id: newId(),
    context: contextOf('person:ops'),
    waitMs: ANSWER_WAIT_MS,
  });

const closings = (approvalId: string) =>
  stored
    .filter(
      ({ record, type }) => record.aggregateId === approvalId && type !== 'approval.requested',
    )
    .map(({ type }) => type.replace('approval.', ''));
const outcomes = (approvalId: string) =>
  heard.filter((settled) => settled.approvalId === approvalId).map(({ outcome }) => outcome);
const isAsked = (approvalId: string) =>
  stored.some(({ record }) => record.aggregateId === approvalId);

it('APR-1: answers a grant, then tells a second answer that it is too late', async () => {
  const id = await ask();
  await eventually(() => isAsked(id));
  expect(await answer(id)).toMatchObject({ approval_id: id, status: 'granted' });
  await eventually(() => outcomes(id).length > 0);
  expect(outcomes(id)).toEqual(['granted']);
  const again = answer(id, false);
  await expect(again).rejects.toMatchObject({ code: 'approval_already_resolved' });
  await expect(answer(newId())).rejects.toMatchObject({ code: 'approval_not_found' });
});

it('APR-1: what the run withdrew is refused with its reason, and the run is told nothing', async () => {
  const id = await ask();
  const early = newId();
  await eventually(() => isAsked(id));
  for (const approvalId of [id, early]) {
    const command = withdrawApproval.of({ approvalId, reason: 'The run has ended, cancelled: no' });
    await bus.send(command, { id: newId(), context: contextOf('agent:a') });
    await eventually(() => closings(approvalId).length > 0);
  }
  for (const approvalId of [id, await ask(early)]) {
    await expect(answer(approvalId)).rejects.toMatchObject({
      kind: 'gone',
      code: 'approval_withdrawn',
      message: expect.stringMatching(/cancelled: no$/),
    });
    expect(closings(approvalId)).toEqual(['withdrawn']);
    expect(outcomes(approvalId)).toEqual([]);
  }
});

it('APR-3: survives a restart of the service, also its time', async () => {
  const answered = await ask();
  await eventually(() => isAsked(answered));
  await restart(SHORT_TTL_SECONDS);
  const left = await ask();
  await eventually(() => isAsked(left));
  await restart(SHORT_TTL_SECONDS);
  expect(await answer(answered)).toMatchObject({ status: 'granted' });
  await eventually(() => outcomes(left).length > 0);
  await feed.whenCaughtUp();
  expect(closings(left)).toEqual(['expired']);
});

it('APR-1: expires on time without anyone looking, and refuses answers from then on', async () => {
  await restart(SHORT_TTL_SECONDS);
  const askedAt = Date.now();
  const id = await ask();
  await eventually(() => outcomes(id).length > 0);
  expect(outcomes(id)).toEqual(['expired']);
  await feed.whenCaughtUp();
  const expired = stored.findLast(({ record }) => record.aggregateId === id);
  const tookMs = Number(expired?.record.time) - askedAt;
  expect(tookMs).toBeGreaterThanOrEqual(SHORT_TTL_SECONDS * 1000);
  expect(tookMs).toBeLessThan(SHORT_TTL_SECONDS * 1000 + LATE_MAX_MS);
  await expect(answer(id)).rejects.toMatchObject({ kind: 'gone', code: 'approval_expired' });
});

it('APR-3: grants against expiries at the same moment: one winner each', async () => {
  await restart(RACED_TTL_SECONDS);
  const ids = await Promise.all(Array.from({ length: 30 }, () => ask()));
  const answers = ids.map(async (id, index) => {
    await eventually(() => isAsked(id));
    const due = stored.find(({ record }) => record.aggregateId === id)?.record.time ?? 0;
    // Answers fall evenly over the half second before the time is up and the half second after;
    // the first comes at once.
    const at = Number(due) + RACED_TTL_SECONDS * 1000 + (index / ids.length - 0.5) * 1000;
    if (index > 0) await delay(Math.max(0, at - Date.now()));
    return answer(id).then(
      () => 'granted',
      (error: unknown) => {
        if (error instanceof AppError && error.code === 'approval_expired') return 'expired';
        throw error;
      },
    );
  });
  const answered = await Promise.all(answers);
  await eventually(() => ids.every((id) => outcomes(id).length > 0));
  await feed.whenCaughtUp();
  expect(ids.map(closings)).toEqual(answered.map((outcome) => [outcome]));
  expect(ids.map((id) => outcomes(id)[0])).toEqual(answered);
  expect(new Set(answered)).toEqual(new Set(['granted', 'expired']));
});
