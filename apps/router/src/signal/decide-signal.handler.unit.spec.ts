import {
  type Agent,
  agentDefined,
  agentSchema,
  allEvents,
  controlHalted,
  controlResumed,
  decisionMade,
  type Rule,
  ruleDefined,
  ruleDeleted,
  ruleSchema,
  type Signal,
  startAgent,
  startWorkflow,
} from '@signalbox/contracts';
import { AppError, Clock, deriveId, type DomainEvent, SystemClock } from '@signalbox/kernel';
import { type ModelAnswer, ModelPort, type ModelRequest } from '@signalbox/models';
import { ControlWatch } from '@signalbox/service';
import { InMemoryEventFeed, InMemoryEventStore, RecordingCommandBus } from '@signalbox/testing';
import { setImmediate } from 'node:timers/promises';
import { DecisionMaker } from '../decision/decision-maker.ts';
import { DefinitionWatch } from '../definitions/definition-watch.ts';
import { OfflineRouterModel } from '../routing/offline-router.model.ts';
import { SignalRouter } from '../routing/signal-router.ts';
import { DecideSignalHandler } from './decide-signal.handler.ts';
import { aSignal, messageOf } from './signal.fixture.spec.ts';

const context = { correlationId: 'c', causationId: 'c', actor: 'person:test', epoch: 0 } as const;
const agents = ['diagnose_repair', 'escalate', 'take_action'].map((id): Agent =>
  agentSchema.parse({ id, name: id, role: 'r', tools: [], stepsMax: 3 }),
);

/** Lets a test act between a question and its answer, which it gives even when aborted. */
class ObservedModel extends ModelPort {
  asked = 0;
  readonly #meanwhile: (abort: AbortSignal) => unknown;

  constructor(meanwhile: (abort: AbortSignal) => unknown = () => undefined) {
    super();
    this.#meanwhile = meanwhile;
  }

  async complete(request: ModelRequest, abort: AbortSignal): Promise<ModelAnswer> {
    this.asked++;
    await this.#meanwhile(abort);
    return new OfflineRouterModel().complete(request, new AbortController().signal);
  }
}

class LateClock extends Clock {
  now(): Date {
    return new Date(Date.now() + 60_000);
  }
}

async function platform(model: ModelPort = new ObservedModel(), clock: Clock = new SystemClock()) {
  const store = new InMemoryEventStore({ definitions: allEvents });
  const feed = new InMemoryEventFeed(store.log, allEvents);
  const control = new ControlWatch(feed, clock);
  const definitions = new DefinitionWatch(store, feed);
  await control.onModuleInit();
  await definitions.onModuleInit();
  const commands = new RecordingCommandBus();
  const router = new SignalRouter({ port: model, provider: 'offline', model: 'offline-router' });
  const decisions = new DecisionMaker(control, definitions, router);
  const handler = new DecideSignalHandler(store, commands, decisions);
  const append = async (aggregate: string, id: string, event: DomainEvent) => {
    const { head } = await store.read({ aggregate, id });
    await store.append({ aggregate, id }, head, [event], context);
  };
  const define = async (aggregate: string, id: string, event: DomainEvent) => {
    await append(aggregate, id, event);
    await definitions.whenCaughtUp();
  };
  const switchTo = async (event: DomainEvent, halted: boolean) => {
    await append('control', 'global', event);
    while (control.halted !== halted) await setImmediate();
  };
  return {
    store,
    commands,
    handler,
    define: (agent: Agent) => define('agent', agent.id, agentDefined.of({ agent })),
    defineRule: (rule: Rule) => define('rule', rule.id, ruleDefined.of({ rule })),
    deleteRule: (id: string) => define('rule', id, ruleDeleted.of({})),
    halt: () => switchTo(controlHalted.of({ reason: 'test' }), true),
    resume: () => switchTo(controlResumed.of({ reason: 'test' }), false),
    decisionOn: async ({ id }: Signal) => {
      const { events } = await store.read({ aggregate: 'signal', id });
      expect(events.map(({ type }) => type)).toEqual(['signal.received', decisionMade.type]);
      return decisionMade.schema.parse(events[1]?.data);
    },
    eventsOf: async ({ id }: Signal) => (await store.read({ aggregate: 'signal', id })).events,
  };
}

async function readyPlatform(...options: Parameters<typeof platform>) {
  const ready = await platform(...options);
  for (const agent of agents) await ready.define(agent);
  return ready;
}

describe('DecideSignalHandler', () => {
  it('decides the sample incident and starts its agent, with ids that follow from the signal', async () => {
    const { handler, commands, decisionOn, eventsOf } = await readyPlatform();
    const signal = aSignal();
    await handler.handle(messageOf(signal));
    const executionId = deriveId(signal.id, 'execution');
    expect(await decisionOn(signal)).toMatchObject({
      outcome: 'run',
      by: 'model',
      riskLevel: 'medium',
      approvalRequired: false,
      executionId,
      model: { offline: true },
    });
    const decision = (await eventsOf(signal))[1];
    expect(commands.sent).toMatchObject([
      {
        id: deriveId(signal.id, 'start'),
        context: {
          correlationId: signal.id,
          causationId: decision?.record.id,
          actor: 'service:router',
          epoch: 0,
        },
      },
    ]);
    expect(commands.sentOf(startAgent)).toMatchObject([
      {
        executionId,
        signalId: signal.id,
        agent: 'diagnose_repair',
        approvalRequired: false,
        input: { title: signal.title, labels: signal.labels, payload: signal.payload },
      },
    ]);
  });

  it('SIG-6: a redelivery finds the decision, asks no model, and sends the same command', async () => {
    const model = new ObservedModel();
    const { handler, commands, decisionOn } = await readyPlatform(model);
    const signal = aSignal();
    await handler.handle(messageOf(signal));
    await handler.handle(messageOf(signal, 2));
    expect(model.asked).toBe(1);
    await decisionOn(signal);
    const [first, second] = commands.attempts;
    expect(commands.attempts).toHaveLength(2);
    expect(second).toEqual(first);
  });

  it('SIG-6: of two replicas that decide at once, both follow the recorded decision', async () => {
    const { handler, commands, decisionOn } = await readyPlatform();
    const signal = aSignal();
    await Promise.all([handler.handle(messageOf(signal)), handler.handle(messageOf(signal))]);
    await decisionOn(signal);
    expect(commands.attempts).toHaveLength(2);
    expect(commands.attempts[1]).toEqual(commands.attempts[0]);
  });

  it('SIG-6: a signal under the id of another one is refused, not taken for its repeat', async () => {
    const { handler, eventsOf } = await readyPlatform();
    const signal = aSignal();
    await handler.handle(messageOf(signal));
    for (const deliveries of [1, 2]) {
      const other = { ...signal, fingerprint: 'f2', title: 'Something else' };
      await expect(handler.handle(messageOf(other, deliveries))).rejects.toMatchObject({
        code: 'signal_id_taken',
        kind: 'invalid',
      });
    }
    // What a source says again of one fact is a repeat, however it was sent.
    const receivedAt = new Date().toISOString();
    await handler.handle(messageOf({ ...signal, receivedAt }));
    expect(await eventsOf(signal)).toHaveLength(2);
  });

  it('RUL-4: the default rules are in force from the first signal', async () => {
    const model = new ObservedModel();
    const { handler, commands, decisionOn } = await platform(model);
    const rm = aSignal({ payload: { command: 'rm -fr /' } });
    const cpu = aSignal({ title: 'CPU > 95%' });
    for (const signal of [rm, cpu]) await handler.handle(messageOf(signal));
    expect(await decisionOn(rm)).toMatchObject({
      outcome: 'reject',
      by: 'rule',
      rule: { name: 'block_rm_rf' },
      trace: [{ matched: false }, { matched: false }, { matched: true }],
    });
    expect(await decisionOn(cpu)).toMatchObject({ outcome: 'run' });
    expect(commands.sentOf(startWorkflow)).toMatchObject([{ workflow: 'auto_scale_horizontal' }]);
    expect(commands.sent).toHaveLength(1);
    expect(model.asked).toBe(0);
  });

  it('RUL-2: a rule that is added, then deleted, is followed', async () => {
    const { handler, decisionOn, defineRule, deleteRule } = await readyPlatform();
    const rule = ruleSchema.parse({
      id: '01JAR000000000000000000001',
      name: 'mine',
      pattern: 'checkout',
      action: 'hard_reject',
    });
    await defineRule(rule);
    const [before, after] = [aSignal({ fingerprint: 'a' }), aSignal({ fingerprint: 'b' })];
    await handler.handle(messageOf(before));
    await deleteRule(rule.id);
    await handler.handle(messageOf(after));
    expect((await decisionOn(before)).outcome).toBe('reject');
    expect((await decisionOn(after)).outcome).toBe('run');
  });

  it('RUL-1: decides nothing while a rule cannot be used, and goes on when it is gone', async () => {
    const { handler, eventsOf, decisionOn, defineRule, deleteRule } = await readyPlatform();
    const id = '01JAR000000000000000000001';
    const pattern = 'signal.severity == "high"';
    const about = { id, name: 'cel', pattern, patternType: 'cel', action: 'hard_reject' };
    await defineRule(ruleSchema.parse(about));
    const signal = aSignal();
    await expect(handler.handle(messageOf(signal))).rejects.toMatchObject({
      kind: 'unavailable',
      code: 'rules_unusable',
    });
    expect((await eventsOf(signal)).map(({ type }) => type)).toEqual(['signal.received']);
    await deleteRule(id);
    await handler.handle(messageOf(signal, 2));
    expect((await decisionOn(signal)).outcome).toBe('run');
  });

  it('CTL-1: decides `halted` while halted, and for good', async () => {
    const model = new ObservedModel();
    const { handler, commands, decisionOn, halt, resume } = await readyPlatform(model);
    const signal = aSignal();
    await halt();
    await handler.handle(messageOf(signal));
    await resume();
    await handler.handle(messageOf(signal, 2));
    expect((await decisionOn(signal)).outcome).toBe('halted');
    expect(model.asked).toBe(0);
    expect(commands.attempts).toEqual([]);
  });

  it('CTL-1: a halt aborts the question to the model, even when it is over before the answer', async () => {
    let aborted = false;
    const model = new ObservedModel(async (abort) => {
      await halted.halt();
      await halted.resume();
      aborted = abort.aborted;
    });
    const halted = await readyPlatform(model);
    const signal = aSignal();
    await halted.handler.handle(messageOf(signal));
    expect(aborted).toBe(true);
    expect((await halted.decisionOn(signal)).outcome).toBe('halted');
    expect(halted.commands.attempts).toEqual([]);
  });

  it('CTL-1: decides nothing when nobody can tell whether it is halted', async () => {
    const { handler, eventsOf } = await readyPlatform(new ObservedModel(), new LateClock());
    const signal = aSignal();
    await expect(handler.handle(messageOf(signal))).rejects.toMatchObject({
      code: 'control_unknown',
      kind: 'unavailable',
    });
    expect((await eventsOf(signal)).map(({ type }) => type)).toEqual(['signal.received']);
  });

  it('answers a resolved signal and runs nothing', async () => {
    const { handler, commands, decisionOn } = await readyPlatform();
    const signal = aSignal({ status: 'resolved' });
    await handler.handle(messageOf(signal));
    expect((await decisionOn(signal)).outcome).toBe('answer');
    expect(commands.attempts).toEqual([]);
  });

  it('SIG-6: waits for a model that is away, then leaves the signal to a person', async () => {
    const away = new AppError({ code: 'model_unavailable', kind: 'unavailable', message: 'away' });
    const { handler, decisionOn } = await readyPlatform(
      new ObservedModel(() => Promise.reject(away)),
    );
    const signal = aSignal();
    await expect(handler.handle(messageOf(signal, 29))).rejects.toBe(away);
    await handler.handle(messageOf(signal, 30));
    expect(await decisionOn(signal)).toMatchObject({
      outcome: 'needs_info',
      message: 'The model could not route this signal: away',
    });
  });

  it('waits for agents at the first start of a platform', async () => {
    const { handler, define, decisionOn } = await platform();
    const signal = aSignal();
    await expect(handler.handle(messageOf(signal))).rejects.toMatchObject({ code: 'no_agents' });
    for (const agent of agents) await define(agent);
    await handler.handle(messageOf(signal, 2));
    expect((await decisionOn(signal)).outcome).toBe('run');
  });

  it('SIG-5: refuses a malformed message before anything is recorded', async () => {
    const { handler, store } = await readyPlatform();
    const before = store.log.stored.length;
    await expect(handler.handle(messageOf({ id: 7 }))).rejects.toMatchObject({ kind: 'invalid' });
    expect(store.log.stored).toHaveLength(before);
  });
});
