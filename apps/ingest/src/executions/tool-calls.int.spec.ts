import { Controller, Module } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { resolveCall, toolClaimed, toolOutcomeUnknown, toolSucceeded } from '@signalbox/contracts';
import {
  AppError,
  digestOf,
  newId,
  type DataOf,
  type DomainEvent,
  type ReceivedCommand,
} from '@signalbox/kernel';
import { OnCommand } from '@signalbox/messaging';
import { startStandIn, type StandIn } from '@signalbox/testing';
import { setTimeout as delay } from 'node:timers/promises';
import { startBench, type Answer, type Bench } from '../ingest.fixture.spec.ts';
import { append } from './run.fixture.spec.ts';

/** What the gateway answers for these. */
const calls = { parked: newId(), settled: newId(), unknown: newId(), slow: newId() };

/** Stands in for the tool gateway, with an answer of each kind. */
@Controller()
class GatewayStandIn {
  @OnCommand(resolveCall)
  async onResolve(@Payload() { data, actor }: ReceivedCommand<DataOf<typeof resolveCall>>) {
    switch (data.callId) {
      case calls.parked:
        if (actor !== 'person:operator' || data.note !== 'I looked') throw new Error('lost');
        return { call_id: data.callId, status: 'failed', message: 'It says no.' };
      case calls.slow:
        await delay(6_000);
        return null;
      case calls.settled:
        throw new AppError({ code: 'settled', kind: 'conflict', message: 'It is succeeded.' });
      default:
        throw new AppError({ code: 'not_found', kind: 'missing', message: 'There is none.' });
    }
  }
}
@Module({ controllers: [GatewayStandIn] })
class GatewayStandInModule {}

const nextOf = (answer: Answer) =>
  /<(.+)>; rel="next"/.exec(answer.headers.get('link') ?? '')?.[1] ?? '';
const idsOf = (answer: Answer) =>
  (answer.body as unknown as { call_id: string }[]).map(({ call_id: id }) => id);
const fieldsOf = ({ body }: Answer) =>
  (body['errors'] as { field: string }[]).map(({ field }) => field);

describe('the tool calls API', () => {
  let bench: Bench;
  let gateway: StandIn;

  beforeAll(async () => {
    bench = await startBench();
    const { connection, env } = bench;
    gateway = await startStandIn({ connection, env }, 'tool-gateway', GatewayStandInModule);
  });
  afterAll(async () => {
    await gateway?.stop();
    await bench.stop();
  });

  const get = (query: string) => bench.call(`/api/tool-calls${query}`);
  const resolve = (id: string, body: unknown) =>
    bench.call(`/api/tool-calls/${id}/resolve`, { method: 'POST', body });
  const call = async (executionId: string, ...outcome: readonly DomainEvent[]) => {
    const callId = newId();
    const invocation = {
      callId,
      tool: 'execute_remediation',
      arguments: { target: 'checkout' },
      definitionDigest: digestOf('x'),
      executionId,
      caller: 'take_action',
      replyTo: 'agent-runner',
    } as const;
    const claim = { invocation, gateway: 'one', epoch: 0, repeatable: false };
    await append(bench.store, 'toolcall', callId, toolClaimed.of(claim), ...outcome);
    return callId;
  };

  it('GTW-6: lists calls by status and run, oldest first, in pages', async () => {
    const executionId = newId();
    const parked = toolOutcomeUnknown.of({ message: 'No answer.' });
    const ids = [await call(executionId, parked), await call(newId(), parked)];
    await call(executionId, toolSucceeded.of({ result: null, durationMs: 1 }));
    await bench.project();
    const first = await get('?status=unknown&limit=1');
    const second = await bench.call(nextOf(first));
    expect([...idsOf(first), ...idsOf(second)]).toEqual(ids);
    expect(second.headers.get('link')).toBeNull();
    expect(idsOf(await get(`?execution_id=${executionId}`))).toHaveLength(2);
    expect(idsOf(await get(`?execution_id=${executionId}&status=unknown`))).toEqual(
      ids.slice(0, 1),
    );
    expect(idsOf(await get(`?execution_id=${newId()}`))).toEqual([]);
  });

  it.each([
    ['?status=odd', 'status'],
    ['?limit=0', 'limit'],
    ['?cursor=x', 'cursor'],
    ['?execution_id=', 'execution_id'],
    ['?colour=red', ''],
  ])('GTW-6: refuses /api/tool-calls%s, naming the parameter', async (query, field) => {
    const answer = await get(query);
    expect(answer.status).toBe(422);
    expect(fieldsOf(answer)).toEqual([field]);
  });

  it('GTW-6: takes what a person says of a parked call to the gateway, in their name', async () => {
    const { status, body } = await resolve(calls.parked, { verdict: 'retry', note: 'I looked' });
    expect(status).toBe(200);
    expect(body).toEqual({
      status: 'resolved',
      call_id: calls.parked,
      verdict: 'retry',
      outcome: 'failed',
      message: 'It says no.',
    });
  });

  it('GTW-6: answers 202 when the gateway does not confirm in time', async () => {
    expect(await resolve(calls.slow, { verdict: 'retry' })).toMatchObject({
      status: 202,
      body: { status: 'pending', call_id: calls.slow },
    });
  });

  it('GTW-6: passes on that a call is settled already, or that there is none', async () => {
    const settled = await resolve(calls.settled, { verdict: 'not_done' });
    expect(settled).toMatchObject({ status: 409, body: { detail: 'It is succeeded.' } });
    expect((await resolve(calls.unknown, { verdict: 'done' })).status).toBe(404);
    expect((await resolve('nonsense', { verdict: 'done' })).status).toBe(404);
  });

  it.each([
    ['no verdict', {}, ['verdict']],
    ['another verdict', { verdict: 'perhaps' }, ['verdict']],
    ['a long note', { verdict: 'done', note: 'x'.repeat(2001) }, ['note']],
    ['what is unknown', { verdict: 'done', why: 'x' }, ['']],
  ])('GTW-6: refuses %s, naming the field', async (_name, body, fields) => {
    const answer = await resolve(calls.parked, body);
    expect(answer.status).toBe(422);
    expect(fieldsOf(answer)).toEqual(fields);
  });

  it.each([
    ['GET', ''],
    ['POST', `/${calls.parked}/resolve`],
  ])('OPS-1: %s /api/tool-calls%s asks for the key', async (method, path) => {
    const asked = (key: string | undefined) =>
      bench.call(`/api/tool-calls${path}`, {
        method,
        headers: { 'x-stourio-key': key },
        ...(method === 'POST' ? { body: '{' } : {}),
      });
    expect((await asked(undefined)).status).toBe(401);
    expect((await asked('another')).status).toBe(403);
  });

  it('GTW-6: says that it is not known whether the verdict is stored while NATS is down', async () => {
    await bench.nats.kill();
    try {
      const answer = await resolve(calls.parked, { verdict: 'done', note: 'I looked' });
      expect(answer.status).toBe(503);
      expect(answer.body['detail']).toMatch(/^It is not known whether your verdict was stored/);
    } finally {
      await bench.nats.restart();
    }
  });
});
