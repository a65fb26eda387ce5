import { ruleSchema, startAgent, startWorkflow } from '@signalbox/contracts';
import { AppError, Clock, deriveId } from '@signalbox/kernel';
import { agents, ObservedModel, platform, readyPlatform } from './decide-signal.fixture.spec.ts';
import { aSignal, messageOf } from './signal.fixture.spec.ts';

class LateClock extends Clock {
  now(): Date {
    return new Date(Date.now() + 60_000);
  }
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
        source: 'alertmanager',
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
    // What RE2 does not have.
    const pattern = '(?=checkout)';
    await defineRule(ruleSchema.parse({ id, name: 'ahead', pattern, action: 'hard_reject' }));
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
