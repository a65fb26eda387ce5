import { allEvents, decisionMade, type Signal, signalReceived } from '@signalbox/contracts';
import { type Budgets, SharedBudgets } from '@signalbox/executions';
import { AppError, newId, SystemClock } from '@signalbox/kernel';
import { NO_EVENTS } from '@signalbox/messaging';
import { type ModelAnswer, ModelPort, type ModelRequest } from '@signalbox/models';
import { InMemoryEventFeed, InMemoryEventStore, specContext } from '@signalbox/testing';
import { aSignal } from '../signal/signal.fixture.spec.ts';
import { RoutingBudget } from './routing-budget.ts';
import { answerWith, someTargets } from './routing.fixture.spec.ts';
import { type RoutingModel, SignalRouter } from './signal-router.ts';

const escalate = {
  name: 'route_to_agent',
  arguments: { agent_type: 'escalate', objective: 'o', risk_level: 'low', reasoning: 'r' },
};
const good: ModelAnswer = { ...answerWith(escalate), promptTokens: 9_000, completionTokens: 1_000 };
const useless: ModelAnswer = { ...answerWith(), promptTokens: 9_000, completionTokens: 1_000 };
const away = new AppError({ code: 'model_unavailable', kind: 'unavailable', message: 'away' });

/** Answers by a script, and keeps what it was asked. */
class ScriptedModel extends ModelPort {
  readonly asked: ModelRequest[] = [];
  constructor(private readonly script: (ModelAnswer | AppError)[]) {
    super();
  }
  async complete(request: ModelRequest): Promise<ModelAnswer> {
    this.asked.push(request);
    const next = this.script.shift();
    if (next === undefined || next instanceof AppError) throw next;
    return next;
  }
}

async function platform(budgets: Partial<Budgets>, script: (ModelAnswer | AppError)[]) {
  const store = new InMemoryEventStore({ definitions: allEvents });
  const shared = await SharedBudgets.follow({
    budgets: { agents: {}, sources: {}, ...budgets },
    events: new InMemoryEventFeed(store.log, allEvents),
    store,
    clock: new SystemClock(),
  });
  const port = new ScriptedModel(script);
  const asked = { port, provider: 'openai', model: 'gpt-4o', confidenceMin: 0.5 };
  const router = (about: Partial<RoutingModel> = {}) =>
    new SignalRouter({ ...asked, ...about }, new RoutingBudget(shared));
  return {
    port,
    router,
    route: (about: Partial<Signal> = {}, through = router()) =>
      through.route(
        { signal: aSignal(about), targets: someTargets(['escalate']) },
        new AbortController().signal,
      ),
    used: async (source: string) => {
      await shared.whenCaughtUp();
      return shared.standings({ source }).map(({ used }) => used.tokens);
    },
    append: (signal: Signal, ...events: Parameters<typeof store.append>[2]) =>
      store.append({ aggregate: 'signal', id: signal.id }, NO_EVENTS, events, specContext),
    stop: () => shared.stop(),
  };
}

describe('RoutingBudget', () => {
  it('AGT-6, RTE-1: over the budget of its source a signal is a question, and no model is asked', async () => {
    const { port, route, used, stop } = await platform(
      { sources: { noisy: { day: { tokens: 1_500 } } } },
      [good, good],
    );
    expect(await route({ source: 'noisy' })).toMatchObject({
      routing: {
        kind: 'ask',
        message: expect.stringMatching(
          /could not route this signal: The budget of source noisy for a day is 1500 tokens; 0 are/,
        ) as unknown,
      },
      promptTokens: 0,
      usd: 0,
    });
    expect(port.asked).toHaveLength(0);
    expect(await used('noisy')).toEqual([0]);
    expect(await route({ source: 'quiet' })).toMatchObject({ routing: { kind: 'run' } });
    await stop();
  });

  it('AGT-6: an answer may have what is left of the day', async () => {
    const { port, route, stop } = await platform({ day: { tokens: 10_000 } }, [good]);
    await route();
    const [request] = port.asked;
    expect(request?.outputTokensMax).toBeGreaterThan(500);
    expect(request?.outputTokensMax).toBeLessThan(10_000);
    await stop();
  });

  it('AGT-6: the second question is not asked when the first has used the budget up', async () => {
    const { port, route, used, stop } = await platform({ day: { tokens: 12_000 } }, [
      useless,
      good,
    ]);
    expect(await route()).toMatchObject({
      routing: { kind: 'ask', message: expect.stringContaining('of the day is 12000 tokens') },
      promptTokens: 9_000,
      completionTokens: 1_000,
      usd: 0.0325,
    });
    expect(port.asked).toHaveLength(1);
    expect(await used('alertmanager')).toEqual([10_000]);
    await stop();
  });

  it('AGT-6: questions under way in one router share what is left', async () => {
    const { port, route, stop } = await platform({ day: { tokens: 9_000 } }, [good, good]);
    const routed = await Promise.all([route({ title: 'a' }), route({ title: 'b' })]);
    expect(routed.map(({ routing }) => routing.kind).toSorted()).toEqual(['ask', 'run']);
    expect(port.asked).toHaveLength(1);
    await stop();
  });

  it('AGT-6: what was set aside is free again when the model is away', async () => {
    const { route, used, stop } = await platform({ day: { tokens: 60_000 } }, [away, good]);
    await expect(route()).rejects.toBe(away);
    expect(await used('alertmanager')).toEqual([0]);
    await stop();
  });

  it('AGT-6: the decision tells every router what was used', async () => {
    const { route, used, append, stop } = await platform({ day: { tokens: 60_000 } }, [good]);
    const signal = aSignal({ id: newId() });
    const { routing, confidenceMin: _, ...model } = await route({ id: signal.id });
    expect((await used('alertmanager'))[0]).toBeGreaterThanOrEqual(10_000);
    const { reasoning } = routing;
    const decision = { outcome: 'answer', by: 'model', riskLevel: 'low', message: 'm' } as const;
    await append(
      signal,
      signalReceived.of({ signal }),
      decisionMade.of({ ...decision, trace: [], model: { ...model, reasoning } }),
    );
    expect(await used('alertmanager')).toEqual([10_000]);
    await stop();
  });

  it('AGT-6: no model of unknown price is asked under a budget in US dollars', async () => {
    const { port, route, router, stop } = await platform({ day: { usd: 100 } }, [good]);
    const fallbacks = [{ provider: 'openai-compatible', model: 'own' }];
    const unknown = router({ fallbacks });
    expect(await route({}, unknown)).toMatchObject({
      routing: { message: expect.stringContaining('openai-compatible/own costs is not known') },
    });
    expect(port.asked).toHaveLength(0);
    expect(await route({}, router())).toMatchObject({ routing: { kind: 'run' }, usd: 0.0325 });
    await stop();
  });
});
