import { jetstreamManager } from '@nats-io/jetstream';
import { headers } from '@nats-io/nats-core';
import {
  allEvents,
  defineRule,
  deleteRule,
  ruleDefined,
  ruleSchema,
  SIGNAL_SCHEMA,
  type Rule,
  type SignalEvent,
} from '@signalbox/contracts';
import { newId, SystemClock, type Command, type MessageContext } from '@signalbox/kernel';
import {
  headerNames,
  JetStreamCommandBus,
  JetStreamEventStore,
  NO_EVENTS,
  publishDurably,
  streams,
  subjectsOf,
} from '@signalbox/messaging';
import type { RunningService } from '@signalbox/service';
import { eventually, startTestNats, type TestNats } from '@signalbox/testing';
import { start } from '../main.ts';
import { aSignal } from '../signal/signal.fixture.spec.ts';

const contextOf = (): MessageContext => {
  const id = newId();
  return { correlationId: id, causationId: id, actor: 'person:ops', epoch: 0 };
};
const aRule = (name: string, about: Partial<Rule> = {}): Rule =>
  ruleSchema.parse({ id: newId(), name, pattern: name, action: 'hard_reject', ...about });

describe('rules as aggregates, on a real server', () => {
  let nats: TestNats;
  let store: JetStreamEventStore;
  let bus: JetStreamCommandBus;
  let router: RunningService;

  beforeAll(async () => {
    nats = await startTestNats();
    const { connection, env } = nats;
    const clock = new SystemClock();
    const source = 'spec';
    store = new JetStreamEventStore({ connection, env, definitions: allEvents, clock, source });
    bus = new JetStreamCommandBus({ connection, env, source, clock });
    router = await start({
      SIGNALBOX_NATS_URL: nats.url,
      SIGNALBOX_ENV: env,
      SIGNALBOX_LOG_LEVEL: 'error',
    });
  });
  afterAll(async () => {
    await router?.stop();
    await nats?.stop();
  });

  const ask = (command: Command) =>
    bus.request(command, { id: newId(), context: contextOf(), waitMs: 30_000 });
  const define = (rule: Rule, expectedVersion?: number) =>
    ask(defineRule.of({ rule, expectedVersion }));
  const send = async (title: string) => {
    const signal = aSignal({ title });
    const all = headers();
    all.set(headerNames.dataSchema, SIGNAL_SCHEMA);
    all.set(headerNames.id, signal.id);
    const subject = subjectsOf(nats.env).signal(signal.source, signal.type);
    const bytes = Buffer.from(JSON.stringify(signal));
    await publishDurably(nats.connection, { subject, headers: all, bytes });
    return signal.id;
  };
  const decisionOn = (id: string) =>
    eventually(async () => {
      const { events } = await store.read({ aggregate: 'signal', id }, { fresh: true });
      const made = (events as readonly SignalEvent[]).find(({ type }) => type === 'decision.made');
      return made?.type === 'decision.made' ? made.data : undefined;
    });

  it('RUL-2: decides by a rule from its answer on, by the changed one too, each version kept', async () => {
    const rule = aRule('kraken');
    expect(await define(rule, 0)).toEqual({ ...rule, version: 1 });
    expect(await decisionOn(await send('a kraken'))).toMatchObject({
      outcome: 'reject',
      riskLevel: 'medium',
      rule: { id: rule.id, version: 1 },
    });
    const riskier = { ...rule, riskLevel: 'critical' as const };
    expect(await define(riskier, 1)).toEqual({ ...riskier, version: 2 });
    expect(await decisionOn(await send('a kraken again'))).toMatchObject({
      riskLevel: 'critical',
      rule: { version: 2 },
    });
    const { events } = await store.read({ aggregate: 'rule', id: rule.id }, { fresh: true });
    expect(events).toMatchObject([
      { data: { rule }, record: { actor: 'person:ops' } },
      { data: { rule: riskier }, record: { actor: 'person:ops' } },
    ]);
  });

  it('RUL-2: a deleted rule is no longer tried', async () => {
    const [rule, behind] = [aRule('leviathan'), aRule('l.viathan')];
    await define(rule);
    await define(behind);
    expect(await ask(deleteRule.of({ ruleId: rule.id }))).toEqual({ version: 2 });
    const { trace } = await decisionOn(await send('a leviathan'));
    expect(trace.map(({ ruleId }) => ruleId)).not.toContain(rule.id);
    expect(trace.at(-1)).toMatchObject({ ruleId: behind.id, matched: true });
  });

  it('RUL-2: of two made at once under one name one is refused', async () => {
    const made = await Promise.allSettled([define(aRule('twin')), define(aRule('twin'))]);
    expect(made.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(made.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'rule_name_taken', kind: 'conflict', fields: [{ field: 'name' }] },
    });
  });

  it('RUL-1: refuses what it could not decide by, with the reason, and says what is not there', async () => {
    await expect(define(aRule('(?=no)'))).rejects.toMatchObject({
      code: 'unusable_pattern',
      kind: 'invalid',
      fields: [{ field: 'pattern', problem: expect.any(String) }],
    });
    await expect(ask(deleteRule.of({ ruleId: newId() }))).rejects.toMatchObject({
      code: 'rule_not_found',
      kind: 'missing',
    });
    await expect(define(aRule('stale'), 3)).rejects.toMatchObject({ kind: 'conflict' });
  });

  it('RUL-2: a stored rule that cannot be used stops deciding, and can be turned off', async () => {
    const broken = aRule('(?=broken)');
    const ref = { aggregate: 'rule', id: broken.id };
    await store.append(ref, NO_EVENTS, [ruleDefined.of({ rule: broken })], contextOf());
    // Whoever answers that has heard of the broken one.
    await define(aRule('while it is broken'));
    const id = await send('while it is broken');
    const manager = await jetstreamManager(nats.connection);
    await eventually(async () => {
      const consumer = await manager.consumers.info(streams.signals, `${nats.env}_router`);
      return consumer.num_redelivered > 0;
    });
    const { events } = await store.read({ aggregate: 'signal', id }, { fresh: true });
    expect(events.map(({ type }) => type)).not.toContain('decision.made');
    expect(await define({ ...broken, active: false })).toMatchObject({ version: 2 });
    const { trace } = await decisionOn(id);
    expect(trace.map(({ ruleId }) => ruleId)).not.toContain(broken.id);
  });
});
