import { allEvents, type ExecutionEvent } from '@signalbox/contracts';
import { SystemClock } from '@signalbox/kernel';
import { InMemoryEventFeed, InMemoryEventStore } from '@signalbox/testing';
import { journalOf } from '../execution.evolve.ts';
import type { ExecutionState, Run } from '../execution.state.ts';
import type { ModelCall } from '../run-ports.ts';
import { answered, failedWith, requested, startedBy, uselessAfter } from './ledger.fixture.spec.ts';
import { parseBudgets } from './read-budgets.ts';
import { RunBudgetGuard } from './run-budget.guard.ts';
import { SharedBudgets } from './shared-budgets.ts';

const call: ModelCall = {
  identity: { provider: 'openai', model: 'gpt-4o', offline: false },
  candidates: [{ provider: 'openai', model: 'gpt-4o' }],
  promptTokensMax: 1_000,
  outputTokensMax: 4_000,
  usdMax: () => 0.01,
  answer: () => Promise.reject(new Error('nobody asks here')),
};

function runAfter(...events: readonly ExecutionEvent[]): Run {
  const all = [startedBy('mender', 'chat'), ...events];
  const run = all.reduce<ExecutionState>(journalOf.evolve, journalOf.initialState());
  if (!run) throw new Error('the run has not begun');
  return run;
}

async function admit(yaml: string, run: Run) {
  const budgets = parseBudgets(yaml, 'test');
  const store = new InMemoryEventStore({ definitions: allEvents });
  const events = new InMemoryEventFeed(store.log, allEvents);
  const shared = await SharedBudgets.follow({ budgets, events, store, clock: new SystemClock() });
  const admission = await new RunBudgetGuard(budgets, shared).admit(run, 1, call);
  await shared.stop();
  return admission;
}

describe('RunBudgetGuard', () => {
  const left = async (...events: readonly ExecutionEvent[]) => {
    const admission = await admit('run: { tokens: 5000 }', runAfter(...events));
    return admission.admitted ? (admission.tokensReserved ?? 0) : 0;
  };

  it.each<[string, number, readonly ExecutionEvent[]]>([
    ['nothing', 5_000, []],
    ['what was used', 3_000, [requested(4_000), answered(2_000)]],
    ['what was set aside, where the provider told nothing', 2_000, [requested(3_000), answered(0)]],
    ['nothing for a model that was away', 5_000, [requested(4_000), failedWith('model_limited')]],
    ['an answer of no use', 2_000, [requested(3_000), failedWith('answer_cut')]],
    ['what an answer of no use used', 4_200, [requested(3_000), uselessAfter(800)]],
    ['a call whose process died', 2_000, [requested(3_000)]],
    [
      'a call whose process died, once it was asked again',
      2_500,
      [requested(2_000), requested(3_000), answered(500)],
    ],
  ])('AGT-6: of the budget of a run goes off %s', async (_, tokens, events) => {
    expect(await left(...events)).toBe(tokens);
  });

  it('AGT-6: the budget of a run does not count for another agent', async () => {
    const yaml = 'agents: { other: { run: { tokens: 10 } } }';
    expect(await admit(yaml, runAfter())).toEqual({ admitted: true });
  });

  it('AGT-6: no more is set aside for an answer than the longest one that is allowed', async () => {
    const yaml = 'run: { tokens: 100000 }\nanswerTokensMax: 2000';
    expect(await admit(yaml, runAfter())).toMatchObject({
      tokensReserved: 3_000,
      outputTokensMax: 2_000,
    });
  });

  it('AGT-6: says whose budget has no room, the own one first', async () => {
    const yaml = 'run: { tokens: 10 }\nday: { tokens: 10 }';
    expect(await admit(yaml, runAfter())).toMatchObject({ reached: { scope: 'run' } });
    expect(await admit('day: { tokens: 10 }', runAfter())).toMatchObject({
      reached: { scope: 'day', limit: 10, spent: 0, wanted: 1_500 },
    });
  });
});
