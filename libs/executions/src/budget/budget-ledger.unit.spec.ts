import { budgetReached, executionCompleted, type ExecutionEvent } from '@signalbox/contracts';
import { BudgetLedger, dayOf } from './budget-ledger.ts';
import {
  answered,
  decidedBy,
  failedWith,
  NOON,
  recorder,
  requested,
  uselessAfter,
} from './ledger.fixture.spec.ts';
import { parseBudgets } from './read-budgets.ts';

const budgets = parseBudgets(
  "day: { tokens: 100, usd: 1 }\nagents: { '*': { day: { tokens: 90 } } }\n" +
    "sources: { '*': { day: { tokens: 80 } } }",
  'test',
);
const payer = { agent: 'mender', source: 'chat' };
const today = dayOf(NOON);
const NEXT_DAY = new Date('2026-11-22T00:00:01Z');

function ledger() {
  const counted = new BudgetLedger(budgets);
  const record = recorder();
  return {
    counted,
    observe: (event: ExecutionEvent, about: Parameters<typeof record>[1] = {}) => {
      const recorded = record(event, about);
      counted.observe(recorded, payer);
      return recorded.record.sequence;
    },
    used: (who = payer, day = today) => counted.standings(who, day).map(({ used }) => used.tokens),
    refusal: (id = 'a') => counted.underWay(`execution/${id}`)?.refusal?.reached,
  };
}

describe('BudgetLedger', () => {
  it('AGT-6: what is set aside counts for the agent, the source and the day, until it is known', () => {
    const { observe, used, counted } = ledger();
    observe(requested(50, 0.5));
    expect(used()).toEqual([50, 50, 50]);
    expect(used({ agent: 'other', source: 'chat' })).toEqual([0, 50, 50]);
    observe(answered(20, 0.125));
    expect(used()).toEqual([20, 20, 20]);
    expect(counted.standings({}, today)[0]?.used.usd).toBe(0.125);
  });

  it('AGT-6: the order of the log decides which of two calls has room', () => {
    const { observe, refusal, used } = ledger();
    observe(requested(50), { id: 'a' });
    observe(requested(31), { id: 'b' });
    expect(refusal('a')).toBeUndefined();
    expect(refusal('b')).toEqual({
      scope: 'source',
      unit: 'tokens',
      limit: 80,
      spent: 50,
      wanted: 31,
    });
    observe(requested(30), { id: 'c' });
    expect(refusal('c')).toBeUndefined();
    expect(used()).toEqual([80, 80, 80]);
    observe(answered(10), { id: 'a' });
    // A verdict once given stays: it is no less true later.
    expect(refusal('b')).toMatchObject({ spent: 50 });
  });

  it('AGT-6: a call that was refused counts nothing, before and after its run says so', () => {
    const { observe, used } = ledger();
    observe(requested(81));
    expect(used()).toEqual([0, 0, 0]);
    const reached = { scope: 'source', unit: 'tokens', limit: 80, spent: 0, wanted: 81 } as const;
    observe(budgetReached.of({ step: 1, ...reached }) as ExecutionEvent);
    expect(used()).toEqual([0, 0, 0]);
  });

  it.each([
    ['model_unavailable', 0],
    ['model_limited', 0],
    ['model_key_refused', 0],
    ['model_refused', 0],
    ['answer_truncated', 50],
    ['answer_cut', 50],
    ['malformed_arguments', 50],
    [undefined, 50],
  ])('AGT-6: of a call that failed with %s, %i tokens stay counted', (code, tokens) => {
    const { observe, used } = ledger();
    observe(requested(50));
    observe(failedWith(code));
    expect(used()).toEqual([tokens, tokens, tokens]);
    observe(requested(20));
    expect(used()).toEqual([tokens + 20, tokens + 20, tokens + 20]);
  });

  it('AGT-6: an answer of no use counts as what it used, where that is known', () => {
    const { observe, used, counted } = ledger();
    observe(requested(50, 0.5));
    observe(uselessAfter(20, 0.125));
    expect(used()).toEqual([20, 20, 20]);
    expect(counted.standings({}, today)[0]?.used.usd).toBe(0.125);
    observe(requested(50, 0.5));
    observe(uselessAfter(10));
    expect(used()).toEqual([30, 30, 30]);
    expect(counted.standings({}, today)[0]?.used.usd).toBe(0.625);
  });

  it('AGT-6: a call of which nobody heard again stays counted when its run asks again or ends', () => {
    const { observe, used, refusal } = ledger();
    observe(requested(30));
    observe(requested(20));
    expect(used()).toEqual([50, 50, 50]);
    observe(answered(5));
    expect(used()).toEqual([35, 35, 35]);
    observe(requested(40));
    observe(executionCompleted.of({ summary: 's' }) as ExecutionEvent);
    expect(used()).toEqual([75, 75, 75]);
    expect(refusal()).toBeUndefined();
  });

  it('AGT-6: where a provider counts nothing, what was set aside counts', () => {
    const { observe, used, counted } = ledger();
    observe(requested(30, 0.3));
    observe(answered(0, 0));
    observe(requested(10, 0.2));
    observe(answered(5));
    expect(used()).toEqual([35, 35, 35]);
    expect(counted.standings({}, today)[0]?.used.usd).toBe(0.5);
  });

  it('AGT-6: a new day begins at midnight of UTC, and a call counts on the day it was announced', () => {
    const { observe, used, refusal } = ledger();
    observe(requested(70), { id: 'a', time: new Date('2026-11-21T23:59:59.999Z') });
    observe(requested(80), { id: 'b', time: NEXT_DAY });
    expect(refusal('b')).toBeUndefined();
    observe(answered(40), { id: 'a', time: NEXT_DAY });
    expect(used()).toEqual([40, 40, 40]);
    expect(used(payer, dayOf(NEXT_DAY))).toEqual([80, 80, 80]);
  });

  it('AGT-6: says the same to who begins to read at midnight as to who read on', () => {
    const all = ledger();
    const late = ledger();
    const record = recorder();
    const events = [
      record(requested(70), { id: 'a' }),
      record(answered(60), { id: 'a', time: NEXT_DAY }),
      record(requested(50), { id: 'b', time: NEXT_DAY }),
      record(requested(40), { id: 'c', time: NEXT_DAY }),
    ];
    for (const event of events) all.counted.observe(event, payer);
    for (const event of events.slice(1)) late.counted.observe(event, payer);
    for (const id of ['b', 'c']) expect(late.refusal(id)).toEqual(all.refusal(id));
    expect(late.used(payer, dayOf(NEXT_DAY))).toEqual([50, 50, 50]);
  });

  it('AGT-6: keeps no more than two days', () => {
    const { observe, used } = ledger();
    observe(requested(70));
    for (const day of [22, 23]) observe(requested(1), { time: new Date(Date.UTC(2026, 10, day)) });
    expect(used()).toEqual([0, 0, 0]);
  });

  it('RTE-1, AGT-6: the routing of a signal counts for its source and the day', () => {
    const { counted, used } = ledger();
    const record = recorder('signal');
    counted.observe(record(decidedBy(25, 0.25), { id: 's' }), { source: 'chat' });
    expect(used()).toEqual([0, 25, 25]);
    counted.setAside('signal/t', { payer: { source: 'chat' }, amount: at(40), day: today });
    counted.setAside('signal/t', { payer: { source: 'chat' }, amount: at(50), day: today });
    expect(used()).toEqual([0, 75, 75]);
    counted.observe(record(decidedBy(10), { id: 't' }), { source: 'chat' });
    expect(used()).toEqual([0, 35, 35]);
  });
});

function at(tokens: number) {
  return { tokens, usd: 0 };
}
