import { Controller, Module } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import {
  approvalAwaited,
  cancelAgent,
  cancelWorkflow,
  executionActivated,
  executionFailed,
  executionHalted,
  executionRejected,
  leaseAwaited,
  leaseObserved,
  modelFailed,
} from '@signalbox/contracts';
import { newId, type DataOf, type DomainEvent, type ReceivedCommand } from '@signalbox/kernel';
import { OnCommand } from '@signalbox/messaging';
import { startStandIn, type StandIn } from '@signalbox/testing';
import { setTimeout as delay } from 'node:timers/promises';
import { startBench, type Answer, type Bench } from '../ingest.fixture.spec.ts';
import { append, begun, completed, firstStep, workflowPlan } from './run.fixture.spec.ts';

let bench: Bench;

async function end(executionId: string, event: DomainEvent) {
  await append(bench.store, 'execution', executionId, event);
  return null;
}

const cancelled = (detail: string) => executionFailed.of({ reason: 'cancelled', detail });

/** Stands in for the agent-runner: ends what it is told to, but for the reasons that say otherwise. */
@Controller()
class RunnerStandIn {
  @OnCommand(cancelAgent)
  async onCancel(@Payload() { data, actor }: ReceivedCommand<DataOf<typeof cancelAgent>>) {
    if (actor !== 'person:operator') throw new Error('lost on the way');
    if (data.reason === 'too slow') await delay(6_000);
    if (data.reason === 'later') return null;
    return end(data.executionId, data.reason === 'too late' ? completed : cancelled(data.reason));
  }
}
@Module({ controllers: [RunnerStandIn] })
class RunnerStandInModule {}

@Controller()
class AutomationStandIn {
  @OnCommand(cancelWorkflow)
  onCancel(@Payload() { data }: ReceivedCommand<DataOf<typeof cancelWorkflow>>) {
    return end(data.executionId, cancelled(data.reason));
  }
}
@Module({ controllers: [AutomationStandIn] })
class AutomationStandInModule {}

const nextOf = (answer: Answer) =>
  /<(.+)>; rel="next"/.exec(answer.headers.get('link') ?? '')?.[1] ?? '';
const listOf = (answer: Answer) => answer.body as unknown as { execution_id: string }[];
const fieldsOf = ({ body }: Answer) =>
  (body['errors'] as { field: string }[]).map(({ field }) => field);

describe('the executions API', () => {
  let standIns: readonly StandIn[];

  beforeAll(async () => {
    bench = await startBench();
    const nats = { connection: bench.connection, env: bench.env };
    standIns = [
      await startStandIn(nats, 'agent-runner', RunnerStandInModule),
      await startStandIn(nats, 'automation', AutomationStandInModule),
    ];
  });
  afterAll(async () => {
    for (const standIn of standIns) await standIn.stop();
    await bench.stop();
  });

  const get = (path: string) => bench.call(`/api/executions${path}`);
  const cancel = (id: string, body: unknown = { reason: 'wrong host' }) =>
    bench.call(`/api/executions/${id}/cancel`, { method: 'POST', body });
  const run = async (...events: readonly DomainEvent[]) => {
    const id = newId();
    await append(bench.store, 'execution', id, begun(id), ...events);
    return id;
  };
  const shown = async (...events: readonly DomainEvent[]) =>
    (await get(`/${await run(...events)}`)).body;

  it('AGT-2: tells a run out of its journal, right after it was written', async () => {
    const callId = newId();
    const id = await run(
      ...firstStep(callId, { status: 'succeeded', result: { lines: 3 } }),
      completed,
    );
    const { status, body } = await get(`/${id}`);
    expect(status).toBe(200);
    const time = expect.stringMatching(/^\d{4}-.*Z$/);
    expect(body).toEqual({
      execution_id: id,
      signal_id: expect.any(String),
      source: 'datadog',
      kind: 'agent',
      target: 'disk_doctor',
      objective: 'Find out why.',
      input: { service: 'checkout' },
      risk_level: 'low',
      approval_required: false,
      status: 'completed',
      reason: null,
      outcome: 'The disk was full.',
      started_at: time,
      ended_at: time,
      updated_at: time,
      sequence: expect.any(Number),
      parent: null,
      plan: {
        agent: 'disk_doctor',
        agent_version: 3,
        models: [],
        tools: [],
        agents: [],
        max_steps: 8,
        deadline_ms: null,
        budget: { tokens: 1000, usd: null },
        resource: null,
      },
      waiting: null,
      lease: null,
      usage: {
        model_calls: 1,
        prompt_tokens: 100,
        cache_read_tokens: 40,
        cache_write_tokens: 0,
        completion_tokens: 10,
        reasoning_tokens: 0,
        usd: 0.002,
        unpriced_calls: 0,
      },
      steps: [
        {
          step: 1,
          kind: 'model',
          name: 'm',
          provider: 'anthropic',
          offline: false,
          status: 'answered',
          answer: 'I look at the logs.',
          prompt_tokens: 100,
          completion_tokens: 10,
          usd: 0.002,
          started_at: time,
          ended_at: time,
        },
        {
          step: 1,
          kind: 'tool',
          name: 'get_recent_logs',
          call_id: callId,
          arguments: { service: 'checkout' },
          status: 'succeeded',
          answer: { lines: 3 },
          started_at: time,
          ended_at: time,
        },
      ],
    });
  });

  it('AGT-2: says what a run waits for, and which lease it holds', async () => {
    const active = executionActivated.of({ runner: 'one' });
    expect(await shown()).toMatchObject({ status: 'pending', waiting: null, ended_at: null });
    expect(await shown(active)).toMatchObject({ status: 'running', waiting: null });
    const callId = newId();
    expect(await shown(...firstStep(callId))).toMatchObject({
      status: 'running',
      waiting: { for: 'tool', call_id: callId, tool: 'get_recent_logs', since: expect.any(String) },
    });
    const approvalId = newId();
    expect(await shown(active, approvalAwaited.of({ approvalId }))).toMatchObject({
      status: 'awaiting_approval',
      waiting: { for: 'approval', approval_id: approvalId },
    });
    const retryAt = '2099-01-01T00:00:00.000Z';
    const failed = modelFailed.of({ step: 1, attempt: 2, reason: 'busy', retryAt });
    const asked = firstStep(newId()).slice(0, 2);
    expect(await shown(...asked, failed)).toMatchObject({
      waiting: { for: 'model', step: 1, attempt: 2, until: retryAt },
    });
    const awaited = leaseAwaited.of({ resource: 'checkout', heldBy: newId() });
    expect(await shown(active, awaited)).toMatchObject({
      waiting: { for: 'lease', resource: 'checkout' },
      lease: null,
    });
    const lease = { resource: 'checkout', token: 7, until: retryAt };
    expect(await shown(active, awaited, leaseObserved.of(lease))).toMatchObject({
      waiting: null,
      lease,
    });
  });

  it.each([
    [
      'a budget',
      executionFailed.of({ reason: 'budget', detail: 'd' }),
      { status: 'failed', reason: 'budget', outcome: 'budget: d' },
    ],
    ['a halt', executionHalted.of({ epoch: 1, detail: 'd' }), { status: 'halted', outcome: 'd' }],
    [
      'nobody',
      executionRejected.of({ approvalId: newId(), outcome: 'expired' }),
      { status: 'rejected', outcome: 'expired' },
    ],
  ])('AGT-3: says that %s ended a run', async (_name, event, ended) => {
    expect(await shown(event)).toMatchObject({ ...ended, ended_at: expect.any(String) });
  });

  it('AGT-1: tells a run of a workflow, and the run that a sub-agent answers', async () => {
    const id = newId();
    const parent = { executionId: newId(), callId: newId(), depth: 1 };
    await append(bench.store, 'execution', id, begun(id, { parent, plan: workflowPlan as never }));
    expect((await get(`/${id}`)).body).toMatchObject({
      kind: 'automation',
      target: 'restart_service',
      plan: { workflow: 'restart_service', workflow_version: 2, steps: ['restart'] },
      parent: { execution_id: parent.executionId, call_id: parent.callId, depth: 1 },
    });
  });

  it('AGT-8: lists runs by status, agent and source, in pages', async () => {
    const [one, two] = [await run(), await run(completed)];
    await bench.project();
    const first = await get('?agent=disk_doctor&source=datadog&limit=1');
    expect(listOf(first)).toMatchObject([{ execution_id: two, status: 'completed' }]);
    const second = await bench.call(nextOf(first));
    expect(listOf(second)).toMatchObject([{ execution_id: one, status: 'pending' }]);
    const found = listOf(await get('?status=pending&agent=disk_doctor'));
    expect(found.map(({ execution_id: id }) => id)).toContain(one);
    expect(found.map(({ execution_id: id }) => id)).not.toContain(two);
    expect(listOf(await get('?agent=other'))).toEqual([]);
    expect(listOf(await get('?source=other'))).toEqual([]);
  });

  it.each([
    ['?status=odd', 'status'],
    ['?limit=501', 'limit'],
    ['?agent=', 'agent'],
    ['?source=%00', 'source'],
    ['?colour=red', ''],
  ])('AGT-8: refuses /api/executions%s, naming the parameter', async (query, field) => {
    const answer = await get(query);
    expect(answer.status).toBe(422);
    expect(fieldsOf(answer)).toEqual([field]);
  });

  it('AGT-3: cancels a run of an agent, and one of a workflow', async () => {
    const id = await run();
    expect(await cancel(id)).toMatchObject({
      status: 200,
      body: { status: 'cancelled', execution_id: id },
    });
    expect((await get(`/${id}`)).body).toMatchObject({
      status: 'failed',
      reason: 'cancelled',
      outcome: 'cancelled: wrong host',
    });
    const other = newId();
    const started = begun(other, { plan: workflowPlan as never });
    await append(bench.store, 'execution', other, started);
    expect(await cancel(other)).toMatchObject({ status: 200, body: { status: 'cancelled' } });
  });

  it('AGT-3: answers 202 for a run that will be cancelled', async () => {
    const slow = await run();
    const later = await run();
    const answers = await Promise.all([
      cancel(slow, { reason: 'too slow' }),
      cancel(later, { reason: 'later' }),
    ]);
    for (const answer of answers)
      expect(answer).toMatchObject({ status: 202, body: { status: 'pending' } });
  });

  it('AGT-3: says of a run that has ended how, also if it ended in the same moment', async () => {
    const ended = await cancel(await run(completed));
    expect(ended.status).toBe(409);
    expect(ended.body['detail']).toMatch(/has ended: completed, The disk was full\.$/);
    const meanwhile = await cancel(await run(), { reason: 'too late' });
    expect(meanwhile.status).toBe(409);
    expect(meanwhile.body['detail']).toMatch(/has ended: completed/);
    const id = await run();
    await cancel(id);
    expect((await cancel(id)).body['detail']).toMatch(/has ended: failed, cancelled: wrong host$/);
  });

  it.each([
    ['no reason', {}, ['reason']],
    ['a blank', { reason: '  ' }, ['reason']],
    ['a long story', { reason: 'x'.repeat(2001) }, ['reason']],
    ['what is unknown', { reason: 'x', because: 'y' }, ['']],
  ])('AGT-3: refuses to cancel because of %s, naming the field', async (_name, body, fields) => {
    const answer = await cancel(await run(), body);
    expect(answer.status).toBe(422);
    expect(fieldsOf(answer)).toEqual(fields);
  });

  it.each([newId(), 'nonsense', 'a.b', '*'])(
    'AGT-3: answers 404 for %s, which is no run',
    async (id) => {
      expect((await get(`/${id}`)).status).toBe(404);
      expect((await get(`/${id}/live`)).status).toBe(404);
      expect((await cancel(id)).status).toBe(404);
    },
  );

  it.each([
    ['GET', ''],
    ['GET', `/${newId()}`],
    ['GET', `/${newId()}/live`],
    ['POST', `/${newId()}/cancel`],
  ])('OPS-1: %s /api/executions%s asks for the key', async (method, path) => {
    const asked = (key: string | undefined) =>
      bench.call(`/api/executions${path}`, {
        method,
        headers: { 'x-stourio-key': key },
        ...(method === 'POST' ? { body: '{' } : {}),
      });
    expect((await asked(undefined)).status).toBe(401);
    expect((await asked('another')).status).toBe(403);
  });

  it('AGT-2: tells a run and takes its end while Postgres is down, but lists none', async () => {
    const id = await run();
    await bench.postgres.stop();
    try {
      expect((await get('')).status).toBe(503);
      expect((await get(`/${id}`)).status).toBe(200);
      expect((await cancel(id)).status).toBe(200);
    } finally {
      await bench.postgres.restart();
    }
  });

  it('AGT-3: says that it is not known whether a run is cancelled while NATS is down', async () => {
    const id = await run();
    await bench.nats.kill();
    try {
      const answers = await Promise.all([get(`/${id}`), get(`/${id}/live`), cancel(id)]);
      expect(answers.map(({ status }) => status)).toEqual([503, 503, 503]);
    } finally {
      await bench.nats.restart();
    }
  });
});
