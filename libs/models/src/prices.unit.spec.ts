import { costLimitOf, costOf } from './prices.ts';

const MILLION = 1_000_000;
const gpt4o = { provider: 'openai', model: 'gpt-4o' };
const haiku = { provider: 'anthropic', model: 'claude-haiku-5-5' };

describe('costOf', () => {
  it('AGT-6: is in millionths of a dollar', () => {
    const usage = { promptTokens: MILLION, completionTokens: MILLION };
    expect(costOf(usage, gpt4o)).toBe(12.5 * MILLION);
  });

  it('AGT-6: tells what was read from the cache and written to it from what was not', () => {
    const usage = { promptTokens: 1_000, completionTokens: 10 };
    expect(costOf({ ...usage, cacheReadTokens: 400 }, gpt4o)).toBe(600 * 2.5 + 400 * 1.25 + 100);
    const cached = { ...usage, cacheReadTokens: 400, cacheWriteTokens: 500 };
    const opus = { provider: 'anthropic', model: 'claude-opus-5' };
    expect(costOf(cached, opus)).toBe(100 * 5 + 400 * 0.5 + 500 * 6.25 + 10 * 25);
  });

  it('AGT-6: long prompts have a price of their own', () => {
    const usage = { promptTokens: 100_000, completionTokens: 0 };
    expect(costOf(usage, haiku)).toBe(10_000);
    expect(costOf({ ...usage, promptTokens: 100_001 }, haiku)).toBe(50_001);
  });

  it('AGT-6: never understates, and does not round up for nothing', () => {
    expect(costOf({ promptTokens: 1, completionTokens: 0 }, haiku)).toBe(1);
    expect(costOf({ promptTokens: 70, completionTokens: 0 }, haiku)).toBe(7);
  });

  it.each(['gpt-4o-2024-08-06', 'gpt-4o-20240806'])('AGT-6: knows the snapshot %s', (model) => {
    const usage = { promptTokens: 1_000, completionTokens: 0 };
    expect(costOf(usage, { ...gpt4o, model })).toBe(2_500);
  });

  it.each([
    ['openai', 'gpt-4o-audio'],
    ['openai', 'toString'],
    ['openai-compatible', 'gpt-4o'],
    ['constructor', 'name'],
  ])('AGT-6: does not know what %s/%s costs, which is not nothing', (provider, model) => {
    expect(costOf({ promptTokens: 1, completionTokens: 1 }, { provider, model })).toBeUndefined();
  });

  it('AGT-6, AGT-7: the built-in planner costs nothing', () => {
    const planner = { provider: 'offline', model: 'offline-planner' };
    expect(costOf({ promptTokens: 0, completionTokens: 0 }, planner)).toBe(0);
  });
});

describe('costLimitOf', () => {
  const usage = { promptTokens: 1_000, completionTokens: 10 };
  const opus = { provider: 'anthropic', model: 'claude-opus-5' };

  it('AGT-6: is what the dearest of the models takes, in the dearest way', () => {
    expect(costLimitOf(usage, [gpt4o])).toBe(2_600);
    expect(costLimitOf(usage, [opus])).toBe(6_250 + 250);
    expect(costLimitOf(usage, [gpt4o, opus])).toBe(6_500);
  });

  it('AGT-6: is not known when the price of one of them is not', () => {
    const own = { provider: 'openai-compatible', model: 'gpt-4o' };
    expect(costLimitOf(usage, [gpt4o, own])).toBeUndefined();
  });
});
