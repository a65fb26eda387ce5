import { Controller, Module } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import {
  agentDefined,
  agentDeleted,
  allEvents,
  defineAgent,
  deleteAgent,
} from '@signalbox/contracts';
import {
  AppError,
  causedBy,
  newId,
  SystemClock,
  type DataOf,
  type DomainEvent,
  type ReceivedCommand,
} from '@signalbox/kernel';
import { JetStreamEventStore, OnCommand } from '@signalbox/messaging';
import type { RunningService } from '@signalbox/service';
import {
  eventually,
  startEmbeddedTestNats,
  startStandIn,
  type EmbeddedTestNats,
  type StandIn,
} from '@signalbox/testing';
import { setTimeout as delay } from 'node:timers/promises';
import { callEdge, KEY, type Answer } from '../ingest.fixture.spec.ts';
import { start } from '../main.ts';

let store: JetStreamEventStore;

async function append(
  command: ReceivedCommand,
  id: string,
  event: DomainEvent,
): Promise<{ version: number }> {
  const ref = { aggregate: 'agent', id };
  const { head } = await store.read(ref, { fresh: true });
  const appended = await store.append(ref, head, [event], causedBy(command, command.actor));
  return { version: appended.head.version };
}

/** Stands in for the agent-runner: takes every change, but for the names that say otherwise. */
@Controller()
class RunnerStandIn {
  @OnCommand(defineAgent)
  async onDefine(@Payload() command: ReceivedCommand<DataOf<typeof defineAgent>>) {
    const { agent, expectedVersion } = command.data;
    if (agent.name === 'refused') {
      const fields = [{ field: 'stepsMax', problem: 'is too many' }];
      throw new AppError({ code: 'no', kind: 'invalid', message: 'is too many', fields });
    }
    if (agent.name === 'slow') await delay(6_000);
    // Somebody else was faster.
    if (agent.name === 'raced') await append(command, agent.id, agentDeleted.of({}));
    const { head } = await store.read({ aggregate: 'agent', id: agent.id }, { fresh: true });
    if (![undefined, 0, head.version].includes(expectedVersion))
      throw new AppError({ code: 'stale', kind: 'conflict', message: 's' });
    return append(command, agent.id, agentDefined.of({ agent }));
  }

  @OnCommand(deleteAgent)
  async onDelete(@Payload() command: ReceivedCommand<DataOf<typeof deleteAgent>>) {
    return append(command, command.data.agentId, agentDeleted.of({}));
  }
}
@Module({ controllers: [RunnerStandIn] })
class RunnerStandInModule {}

const whole = {
  name: 'Looks at disks',
  description: 'For disks that fill up.',
  role: 'You look at disks.\nYou delete nothing.',
  input_schema: {
    type: 'object',
    properties: { hostName: { type: 'string' } },
    required: ['hostName'],
  },
  tools: ['get_system_metrics', 'runbooks__*'],
  agents: ['escalate'],
  models: [{ provider: 'anthropic', model: 'claude-sonnet-4-5' }],
  max_steps: 12,
  deadline_ms: 60_000,
  budget: { tokens: 50_000, usd: 0.5 },
  resource: '{{service}}',
};
const least = { name: 'Least', role: 'You do little.', tools: [], max_steps: 3 };

describe('the agents API, without Postgres', () => {
  let nats: EmbeddedTestNats;
  let runner: StandIn;
  let edge: RunningService;

  beforeAll(async () => {
    nats = await startEmbeddedTestNats();
    const { connection, env } = nats;
    const clock = new SystemClock();
    const events = { connection, env, definitions: allEvents };
    store = new JetStreamEventStore({ ...events, clock, source: 'spec' });
    runner = await startStandIn(nats, 'agent-runner', RunnerStandInModule);
    edge = await start({
      SIGNALBOX_NATS_URL: nats.url,
      SIGNALBOX_ENV: env,
      SIGNALBOX_API_KEY: KEY,
      SIGNALBOX_PORT: '0',
      SIGNALBOX_RATE_LIMITS: 'off',
      SIGNALBOX_LOG_LEVEL: 'error',
    });
  });
  afterAll(async () => {
    await edge?.stop();
    await runner?.stop();
    await nats?.stop();
  });

  const call = (method: string, path: string, body?: unknown) =>
    callEdge(`${edge.url}/api/agents${path}`, { method, body });
  const post = (body: unknown) => call('POST', '', body);
  const made = async (id: string, about: object = {}) =>
    (await post({ id, ...least, ...about })).body;
  const ids = async () =>
    ((await call('GET', '')).body as unknown as { id: string }[]).map(({ id }) => id);
  const fieldsOf = ({ body }: Answer) =>
    (body['errors'] as { field: string }[]).map(({ field }) => field);

  it('AGT-1: POST answers 201 with the agent, which GET has at once, alone and in the list', async () => {
    const { status, body } = await post({ id: 'disk_doctor', ...whole });
    expect(status).toBe(201);
    expect(body).toEqual({
      id: 'disk_doctor',
      ...whole,
      version: 1,
      created_at: expect.stringMatching(/^\d{4}-.*Z$/),
      updated_at: body['created_at'],
    });
    expect((await call('GET', '/disk_doctor')).body).toEqual(body);
    expect((await call('GET', '')).body).toContainEqual(body);
  });

  it('AGT-1: what is not said has no limit, no schema and no resource', async () => {
    const { body } = await post({ id: 'least', ...least, description: null });
    expect(body).toMatchObject({
      ...least,
      agents: [],
      models: [],
      description: null,
      input_schema: null,
      deadline_ms: null,
      budget: null,
      resource: null,
    });
  });

  it.each([
    ['no id', least, ['id']],
    ['an id that is none', { id: 'a b', ...least }, ['id']],
    ['no steps', { id: 'a', ...least, max_steps: undefined }, ['max_steps']],
    ['steps without an end', { id: 'a', ...least, max_steps: 101 }, ['max_steps']],
    ['a deadline of none', { id: 'a', ...least, deadline_ms: 1 }, ['deadline_ms']],
    ['a member that is unknown', { id: 'a', ...least, tolls: [] }, ['tolls']],
    ['a limit that is misspelt', { id: 'a', ...least, budget: { token: 5 } }, ['budget']],
    ['half a model', { id: 'a', ...least, models: [{ model: 'm' }] }, ['models.0.provider']],
    ['a list', [least], ['']],
  ])('AGT-1: refuses %s with 422, naming the field', async (_name, body, fields) => {
    const answer = await post(body);
    expect(answer.status).toBe(422);
    expect(fieldsOf(answer)).toEqual(fields);
  });

  it('AGT-1: passes on what the agent-runner refuses, in the names of the wire', async () => {
    const answer = await post({ id: 'refused', ...least, name: 'refused' });
    expect(answer).toMatchObject({ status: 422, body: { detail: 'is too many' } });
    expect(fieldsOf(answer)).toEqual(['max_steps']);
  });

  it('AGT-1: answers 202 when nobody confirms in time', async () => {
    const { status, body } = await post({ id: 'slow', ...least, name: 'slow' });
    expect(status).toBe(202);
    expect(body).toMatchObject({ status: 'pending', agent_id: 'slow' });
  });

  it('AGT-1: POST must be new: an id that is taken is a conflict', async () => {
    await made('taken');
    const again = await post({ id: 'taken', ...least });
    expect(again.status).toBe(409);
    expect(fieldsOf(again)).toEqual(['id']);
  });

  it('AGT-1: PUT changes the whole agent; every version is kept, with who and when', async () => {
    const agent = await made('changing', { resource: '{{host}}' });
    const changed = await call('PUT', '/changing', { ...agent, max_steps: 5, resource: null });
    expect(changed).toMatchObject({
      status: 200,
      body: { version: 2, max_steps: 5, resource: null, created_at: agent['created_at'] },
    });
    await call('DELETE', '/changing');
    const by = { by: 'person:operator', at: expect.any(String) };
    expect((await call('GET', '/changing/versions')).body).toEqual([
      { version: 3, change: 'deleted', ...by, agent: null },
      { version: 2, change: 'changed', ...by, agent: expect.objectContaining({ max_steps: 5 }) },
      { version: 1, change: 'created', ...by, agent: expect.objectContaining({ max_steps: 3 }) },
    ]);
  });

  it('AGT-1: PUT refuses another version than the one that was seen, and another id', async () => {
    const agent = await made('seen');
    expect((await call('PUT', '/seen', { ...agent, version: 7 })).status).toBe(409);
    const other = await call('PUT', '/seen', { ...agent, id: 'other' });
    expect(other.status).toBe(422);
    expect(fieldsOf(other)).toEqual(['id']);
  });

  it('AGT-1: PUT without a version is of what stood when it came, so a deleted one stays so', async () => {
    await made('racing');
    const other = { ...least, id: 'racing', name: 'Other' };
    expect(await call('PUT', '/racing', other)).toMatchObject({
      status: 200,
      body: { version: 2 },
    });
    expect((await call('PUT', '/racing', { ...other, name: 'raced' })).status).toBe(409);
    expect((await call('GET', '/racing')).status).toBe(404);
  });

  it('AGT-1: DELETE takes it out of the list; a new one may have its id, with its versions', async () => {
    await made('going');
    expect(await call('DELETE', '/going')).toMatchObject({
      status: 200,
      body: { status: 'deleted', agent_id: 'going' },
    });
    expect(await ids()).not.toContain('going');
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const answer = await call(method, '/going', method === 'PUT' ? least : undefined);
      expect(answer.status).toBe(404);
    }
    const back = await post({ id: 'going', ...least });
    expect(back).toMatchObject({ status: 201, body: { version: 3 } });
    const { body } = await call('GET', '/going/versions');
    const changes = (body as unknown as { change: string }[]).map(({ change }) => change);
    expect(changes).toEqual(['created', 'deleted', 'created']);
  });

  it.each([newId(), 'no%20id', '*'])('AGT-1: answers 404 for %s, which is no agent', async (id) => {
    expect((await call('GET', `/${id}`)).status).toBe(404);
    expect((await call('PUT', `/${id}`, least)).status).toBe(404);
    expect((await call('DELETE', `/${id}`)).status).toBe(404);
    expect((await call('GET', `/${id}/versions`)).status).toBe(404);
  });

  it.each([
    ['GET', ''],
    ['POST', ''],
    ['GET', '/a'],
    ['PUT', '/a'],
    ['DELETE', '/a'],
    ['GET', '/a/versions'],
  ])('OPS-1: %s /api/agents%s asks for the key', async (method, path) => {
    const url = `${edge.url}/api/agents${path}`;
    const sent = method === 'POST' || method === 'PUT' ? { body: '{' } : {};
    const headers = (key: string | undefined) => ({ headers: { 'x-stourio-key': key } });
    expect((await callEdge(url, { method, ...sent, ...headers(undefined) })).status).toBe(401);
    expect((await callEdge(url, { method, ...sent, ...headers('other') })).status).toBe(403);
  });

  it('AGT-1: shows no agents that may be old, and says so of a change, while NATS is down', async () => {
    await made('before_the_outage');
    await nats.server.kill();
    try {
      const answers = await Promise.all([
        call('GET', ''),
        call('GET', '/before_the_outage'),
        call('GET', '/before_the_outage/versions'),
        post({ id: 'during', ...least }),
        call('DELETE', '/before_the_outage'),
      ]);
      expect(answers.map(({ status }) => status)).toEqual([503, 503, 503, 503, 503]);
      expect(answers[0]?.body['detail']).toMatch(/^The agents cannot be read at present/);
    } finally {
      await nats.server.restart();
    }
    await eventually(async () => (await call('GET', '')).status === 200);
  });
});
