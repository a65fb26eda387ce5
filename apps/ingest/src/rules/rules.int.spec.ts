import { Controller, Module } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import {
  allEvents,
  defineRule,
  deleteRule,
  ruleDefined,
  ruleDeleted,
  signalReceived,
  workflowDefined,
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
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { callEdge, KEY, type Answer } from '../ingest.fixture.spec.ts';
import { start } from '../main.ts';

let store: JetStreamEventStore;

async function append(
  command: ReceivedCommand,
  ref: { aggregate: string; id: string },
  event: DomainEvent,
): Promise<{ version: number }> {
  const { head } = await store.read(ref, { fresh: true });
  const context = causedBy(command, command.actor);
  const appended = await store.append(ref, head, [event], context);
  return { version: appended.head.version };
}

/** Stands in for the router: takes every change, but for the names that say otherwise. */
@Controller()
class RouterStandIn {
  @OnCommand(defineRule)
  async onDefine(@Payload() command: ReceivedCommand<DataOf<typeof defineRule>>) {
    const { rule, expectedVersion } = command.data;
    const problem = 'is the name of another';
    const fields = [{ field: 'automationId', problem }];
    if (rule.name === 'refused')
      throw new AppError({ code: 'no', kind: 'conflict', message: problem, fields });
    if (rule.name.startsWith('slow')) await delay(6_000);
    const ref = { aggregate: 'rule', id: rule.id };
    // Somebody else was faster.
    if (rule.name === 'raced') await append(command, ref, ruleDefined.of({ rule }));
    const { head } = await store.read(ref, { fresh: true });
    if (![undefined, head.version].includes(expectedVersion))
      throw new AppError({ code: 'stale', kind: 'conflict', message: 's' });
    return append(command, ref, ruleDefined.of({ rule }));
  }

  @OnCommand(deleteRule)
  async onDelete(@Payload() command: ReceivedCommand<DataOf<typeof deleteRule>>) {
    return append(command, { aggregate: 'rule', id: command.data.ruleId }, ruleDeleted.of({}));
  }
}
@Module({ controllers: [RouterStandIn] })
class RouterStandInModule {}

const documented = {
  name: 'block_prod_delete',
  pattern: 'DELETE.*FROM.*production',
  pattern_type: 'regex',
  action: 'hard_reject',
  risk_level: 'critical',
};
const event = {
  source: 'datadog',
  event_type: 'alert',
  title: 'DELETE x FROM production',
  payload: {},
};

const alert = {
  status: 'firing',
  labels: { alertname: 'x FROM' },
  annotations: {},
  startsAt: '2026-11-21T05:00:00Z',
};

describe('the rules API, without Postgres', () => {
  let nats: EmbeddedTestNats;
  let router: StandIn;
  let edge: RunningService;
  let folder: string;

  beforeAll(async () => {
    nats = await startEmbeddedTestNats();
    const { connection, env } = nats;
    const source = 'spec';
    const clock = new SystemClock();
    store = new JetStreamEventStore({ connection, env, definitions: allEvents, clock, source });
    router = await startStandIn(nats, 'router', RouterStandInModule);
    folder = await mkdtemp(join(tmpdir(), 'signalbox-rules-'));
    const sources = join(folder, 'sources.yaml');
    await writeFile(sources, 'sources: { our-probe: { format: alertmanager } }');
    edge = await start({
      SIGNALBOX_SOURCES: sources,
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
    await router?.stop();
    await nats?.stop();
    await rm(folder, { recursive: true });
  });

  const call = (method: string, path: string, body?: unknown) =>
    callEdge(`${edge.url}/api/rules${path}`, { method, body });
  const post = (body: unknown, path = '') => call('POST', path, body);
  const listed = async () =>
    (await call('GET', '')).body as unknown as readonly Record<string, unknown>[];
  const names = async () => (await listed()).map(({ name }) => name);
  const named = (name: string, about: object = {}) => ({ ...documented, name, ...about });
  const made = async (name: string, about: object = {}) =>
    (await post(named(name, about))).body as { id: string; version: number; created_at: string };
  const fieldsOf = ({ body }: Answer) =>
    (body['errors'] as { field: string }[]).map(({ field }) => field);
  const put = (subject: string, id: string, recorded: DomainEvent) => {
    const context = {
      correlationId: id,
      causationId: id,
      actor: 'service:spec',
      epoch: 0,
    } as const;
    return store.append(
      { aggregate: subject, id },
      { sequence: 0, version: 0 },
      [recorded],
      context,
    );
  };

  it('OPS-1: POST /api/rules answers 201 with the rule as the contract has it', async () => {
    const { status, body } = await post(documented);
    expect(status).toBe(201);
    expect(body).toEqual({
      id: expect.stringMatching(/^[0-9A-HJKMNP-TV-Z]{26}$/),
      ...documented,
      automation_id: null,
      agent_id: null,
      priority: 100,
      active: true,
      version: 1,
      created_at: expect.stringMatching(/^\d{4}-.*Z$/),
      updated_at: body['created_at'],
    });
    expect(await listed()).toContainEqual(body);
  });

  it('OPS-1: the defaults are regex, medium and active', async () => {
    const { body } = await post({ name: 'defaults', pattern: 'x', action: 'allow' });
    expect(body).toMatchObject({ pattern_type: 'regex', risk_level: 'medium', active: true });
  });

  it.each([
    ['no automation_id', named('a', { action: 'trigger_automation' }), ['automation_id']],
    ['a member that is unknown', named('a', { prority: 1 }), ['prority']],
    ['two wrong members', named('', { priority: -1 }), ['name', 'priority']],
    ['a list', [documented], ['']],
  ])('OPS-1: refuses %s with 422, naming the field', async (_name, body, fields) => {
    const answer = await post(body);
    expect(answer.status).toBe(422);
    expect(fieldsOf(answer)).toEqual(fields);
  });

  it('OPS-1: passes on what the router refuses, in the names of the wire', async () => {
    const answer = await post(named('refused'));
    expect(answer).toMatchObject({ status: 409, body: { detail: 'is the name of another' } });
    expect(fieldsOf(answer)).toEqual(['automation_id']);
  });

  it('OPS-1: answers 202 when nobody confirms in time', async () => {
    const { status, body } = await post(named('slow'));
    expect(status).toBe(202);
    expect(body).toMatchObject({ status: 'pending', rule_id: expect.any(String) });
    // What comes later counts rules.
    await eventually(async () => (await names()).includes('slow'));
  });

  it('RUL-2: lists rules in the order in which they are tried, right after they were written', async () => {
    const between = async (work: () => Promise<unknown>) => {
      await work();
      return (await names()).filter((name) => ['third', 'second', 'first'].includes(String(name)));
    };
    expect(await between(() => made('third', { priority: 9 }))).toEqual(['third']);
    expect(await between(() => made('second', { priority: 2 }))).toEqual(['second', 'third']);
    const off = { priority: 1, active: false };
    expect(await between(() => made('first', off))).toEqual(['first', 'second', 'third']);
  });

  it('RUL-2: PUT changes the whole rule; every version is kept, with who and when', async () => {
    const rule = await made('changing', { agent_id: 'escalate' });
    const changed = await call('PUT', `/${rule.id}`, { ...rule, priority: 5, agent_id: null });
    expect(changed).toMatchObject({
      status: 200,
      body: { version: 2, priority: 5, agent_id: null, created_at: rule.created_at },
    });
    await call('DELETE', `/${rule.id}`);
    const { body } = await call('GET', `/${rule.id}/versions`);
    const by = { by: 'person:operator', at: expect.any(String) };
    expect(body).toEqual([
      { version: 3, change: 'deleted', ...by, rule: null },
      { version: 2, change: 'changed', ...by, rule: expect.objectContaining({ priority: 5 }) },
      { version: 1, change: 'created', ...by, rule: expect.objectContaining({ priority: 100 }) },
    ]);
  });

  it('RUL-2: PUT without a version is of what stood when it came', async () => {
    const { id } = await made('racing');
    const path = `/${String(id)}`;
    expect((await call('PUT', path, { ...documented, name: 'other' })).status).toBe(200);
    expect((await call('PUT', path, { ...documented, name: 'raced' })).status).toBe(409);
  });

  it('RUL-2: PUT refuses another version than the one that was seen, and another id', async () => {
    const rule = await made('seen');
    const stale = await call('PUT', `/${rule.id}`, { ...rule, version: 7 });
    expect(stale.status).toBe(409);
    const other = await call('PUT', `/${rule.id}`, { ...rule, id: newId() });
    expect(other.status).toBe(422);
    expect(fieldsOf(other)).toEqual(['id']);
  });

  it('OPS-1: DELETE /api/rules/{id} answers as the contract says, and the rule is gone', async () => {
    const { id } = await made('going');
    expect(await call('DELETE', `/${id}`)).toMatchObject({
      status: 200,
      body: { status: 'deleted', rule_id: id },
    });
    expect(await names()).not.toContain('going');
  });

  it.each([newId(), 'nonsense'])('OPS-1: answers 404 for %s, which is no rule', async (id) => {
    expect((await call('PUT', `/${id}`, documented)).status).toBe(404);
    expect((await call('GET', `/${id}/versions`)).status).toBe(404);
  });

  it('RUL-6: tries the rules in force on one event, and shows what they saw', async () => {
    await made('tested', { priority: 0 });
    const { status, body } = await post({ event }, '/test');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      matched: true,
      rule: { name: 'tested', priority: 0 },
      action: 'hard_reject',
      risk_level: 'critical',
      text: '[DATADOG] alert: DELETE x FROM production\nPayload: {}',
    });
    expect((body['trace'] as unknown[]).at(-1)).toEqual({
      rule_name: 'tested',
      matched: true,
      reason: expect.stringContaining('DELETE x FROM production'),
    });
  });

  it('RUL-6: tries candidates instead, on a body of a vendor or a recorded signal', async () => {
    const rules = [named('disk', { pattern: 'disk' }), named('all', { pattern: '.' })];
    const { startsAt } = alert;
    // Read as is configured for the source, and so refused without what that format has.
    const unversioned = { rules, event: { alerts: [alert] } };
    const configured = await post({ ...unversioned, source: 'Our-Probe' }, '/test');
    expect(fieldsOf(configured)).toEqual(['version']);
    const other = await post({ ...unversioned, source: 'other' }, '/test');
    expect(other.body['text']).toMatch(/^\[OTHER\]/);
    const vendor = await post({ rules, event: { version: '4', alerts: [alert] } }, '/test');
    expect(vendor.body).toMatchObject({ matched: true, rule: { name: 'all' } });
    const { body } = await post({ rules, event: { ...event, title: 'disk full' } }, '/test');
    expect(body).toMatchObject({ rule: { name: 'disk' } });

    const id = newId();
    const raw = { sha256: `sha256:${'0'.repeat(64)}`, bytes: 1, contentType: '', deliveryId: id };
    const signal = {
      id,
      source: 's',
      type: 't',
      title: 'a disk',
      fingerprint: '',
      startsAt,
      receivedAt: startsAt,
      payload: {},
      raw,
      signature: 'unsigned' as const,
    };
    await put('signal', id, signalReceived.of({ signal }));
    const recorded = await post({ rules, signal_id: id }, '/test');
    expect(recorded.body).toMatchObject({
      rule: { name: 'disk' },
      text: '[S] t: a disk\nPayload: {}',
    });
    const canonical = await post({ rules, event: signal }, '/test');
    expect(canonical.body).toEqual(recorded.body);
    expect((await post({ rules, signal_id: newId() }, '/test')).status).toBe(404);
  });

  it('RUL-6: a rule by itself is tried, active or not; what is over is tried against none', async () => {
    const rule = named('alone', { pattern: 'x FROM', active: false });
    const alone = await post({ rule, event }, '/test');
    expect(alone.body).toMatchObject({ matched: true, rule: { name: 'alone' } });
    const over = { version: '4', alerts: [{ ...alert, status: 'resolved' }] };
    expect((await post({ rule, event: over }, '/test')).body).toMatchObject({
      matched: false,
      rule: null,
      trace: [],
      signal_status: 'resolved',
    });
  });

  it.each([
    [
      'a pattern',
      { rules: [documented, named('b', { pattern: '(?=' })], event },
      'rules.1.pattern',
    ],
    ['neither event nor signal', {}, 'event'],
    ['both', { event, signal_id: newId() }, 'event'],
    ['two kinds of rules', { rule: documented, rules: [], event }, 'rule'],
    [
      'many rules',
      { rules: Array.from({ length: 101 }, (_, i) => named(`r${i}`)), event },
      'rules',
    ],
    ['two signals', { event: { version: '4', alerts: [alert, alert] } }, 'event'],
  ])('RUL-6: refuses a test with %s, naming the field', async (_name, body, field) => {
    const answer = await post(body, '/test');
    expect(answer.status).toBe(422);
    expect(fieldsOf(answer)).toEqual([field]);
  });

  it('RUL-6: a test writes nothing', async () => {
    const before = await names();
    await post({ rules: [named('never')], event }, '/test');
    expect(await names()).toEqual(before);
    const { streams } = await import('@signalbox/messaging');
    const { jetstreamManager } = await import('@nats-io/jetstream');
    const { state } = await (await jetstreamManager(nats.connection)).streams.info(streams.signals);
    expect(state.messages).toBe(0);
  });

  it('RUL-2: applies a whole file: says what it would do, does that, then has nothing to do', async () => {
    const kept = (await listed()).map((rule) => ({ ...rule }));
    const [first, ...others] = kept;
    const rules = [named('applied'), { ...first, priority: 3 }];
    const planned = await post({ rules, dry_run: true }, '/apply');
    expect(planned).toMatchObject({ status: 200, body: { status: 'planned', unchanged: 0 } });
    expect(planned.body['changes']).toMatchObject([
      { change: 'create', name: 'applied', before: null, after: { name: 'applied' } },
      { change: 'change', name: first?.['name'], after: { priority: 3 } },
    ]);
    expect((planned.body['others'] as string[]).toSorted()).toEqual(
      others.map(({ name }) => String(name)).toSorted(),
    );
    expect(await names()).not.toContain('applied');

    const { plan } = planned.body;
    const applied = await post({ rules, plan }, '/apply');
    expect(applied.body).toMatchObject({
      status: 'applied',
      changes: [
        { name: 'applied', outcome: 'done' },
        { name: first?.['name'], outcome: 'done' },
      ],
    });
    expect((await post({ rules }, '/apply')).body).toMatchObject({ changes: [], unchanged: 2 });
    expect(await post({ rules, plan }, '/apply')).toMatchObject({ status: 409 });
    const pruned = await post({ rules, prune: true }, '/apply');
    expect(pruned.body).toMatchObject({ status: 'applied', others: [] });
    expect((await names()).toSorted()).toEqual(['applied', String(first?.['name'])].toSorted());
  });

  it('RUL-2: says of each rule of a file what became of it', async () => {
    const rules = [named('good'), named('refused'), named('also good')];
    const { status, body } = await post({ rules }, '/apply');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      status: 'incomplete',
      changes: [
        { name: 'good', outcome: 'done' },
        { name: 'refused', outcome: 'failed', problem: { status: 409 } },
        { name: 'also good', outcome: 'done' },
      ],
    });
    const stuck = [named('slow in a file'), named('behind it')];
    expect((await post({ rules: stuck }, '/apply')).body['changes']).toMatchObject([
      { outcome: 'pending' },
      { outcome: 'not_tried' },
    ]);
  });

  it('RUL-1: refuses a file with any rule that cannot be used, whole, naming each field', async () => {
    const rules = [
      named('fine'),
      named('bad pattern', { pattern: '(?=' }),
      named('bad target', { automation_id: 'nothing' }),
    ];
    const answer = await post({ rules }, '/apply');
    expect(answer.status).toBe(422);
    expect(fieldsOf(answer)).toEqual(['rules.1.pattern', 'rules.2.automation_id']);
    expect(await names()).not.toContain('fine');

    const step = { name: 's', tool: 't', arguments: {} };
    const workflow = { id: 'nothing', name: 'W', description: 'd', steps: [step] };
    await put('workflow', 'nothing', workflowDefined.of({ workflow }));
    expect((await post({ rules: [rules[2]], dry_run: true }, '/apply')).status).toBe(200);
  });

  it('RUL-2: the status names the rules because of which nothing is decided', async () => {
    const rule = { ...documented, pattern: '(?=x)', name: 'unusable' };
    const id = newId();
    const { pattern_type: patternType, risk_level: riskLevel, ...rest } = rule;
    const fields = { ...rest, patternType, riskLevel, action: 'hard_reject', id } as const;
    await put('rule', id, ruleDefined.of({ rule: fields as never }));
    await listed();
    const { body } = await callEdge(`${edge.url}/api/status`);
    expect(body['unusable_rules']).toEqual([
      { id, name: 'unusable', problem: expect.stringContaining('rule unusable: ') },
    ]);
    expect((await post({ event }, '/test')).status).toBe(503);
    await call('DELETE', `/${id}`);
    await listed();
    const after = await callEdge(`${edge.url}/api/status`);
    expect(after.body['unusable_rules']).toEqual([]);
  });

  it.each([
    ['GET', ''],
    ['POST', ''],
    ['PUT', `/${newId()}`],
    ['DELETE', `/${newId()}`],
    ['GET', `/${newId()}/versions`],
    ['POST', '/test'],
    ['POST', '/apply'],
  ])('OPS-1: %s /api/rules%s asks for the key', async (method, path) => {
    const url = `${edge.url}/api/rules${path}`;
    const sent = method === 'POST' || method === 'PUT' ? { body: '{' } : {};
    const without = await callEdge(url, {
      method,
      ...sent,
      headers: { 'x-stourio-key': undefined },
    });
    expect(without.status).toBe(401);
    const wrong = await callEdge(url, { method, ...sent, headers: { 'x-stourio-key': 'another' } });
    expect(wrong.status).toBe(403);
  });

  it('RUL-2: shows no rules that may be old, and says so of a change, while NATS is down', async () => {
    const { id } = await made('before the outage');
    await nats.server.kill();
    try {
      const answers = await Promise.all([
        call('GET', ''),
        call('GET', `/${id}/versions`),
        post(named('during the outage')),
        call('DELETE', `/${id}`),
        post({ rules: [] }, '/apply'),
        post({ event }, '/test'),
      ]);
      expect(answers.map(({ status }) => status)).toEqual([503, 503, 503, 503, 503, 503]);
      expect(answers[0]?.body['detail']).toMatch(/^The rules cannot be read at present/);
      expect(answers[2]?.body['detail']).toMatch(/^It is not known whether the change/);
    } finally {
      await nats.server.restart();
    }
    await eventually(async () => (await call('GET', '')).status === 200);
  });
});
