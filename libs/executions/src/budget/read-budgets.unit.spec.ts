import { readFileSync } from 'node:fs';
import { dayLimits, runLimit } from './budgets.schema.ts';
import { parseBudgets, readBudgets } from './read-budgets.ts';

const parse = (yaml: string) => parseBudgets(yaml, '/etc/budgets.yaml');

describe('budgets.yaml', () => {
  it('AGT-6: says for a payer every budget of the day that counts', () => {
    const budgets = parse(`
day: { usd: 50 }
agents:
  mender: { day: { tokens: 9 } }
  '*': { day: { tokens: 5 } }
sources:
  chat: { day: { usd: 1 } }
`);
    expect(dayLimits(budgets, { agent: 'mender', source: 'chat' })).toEqual([
      { scope: 'agent', of: 'mender', budget: { tokens: 9 } },
      { scope: 'source', of: 'chat', budget: { usd: 1 } },
      { scope: 'day', of: '', budget: { usd: 50 } },
    ]);
    expect(dayLimits(budgets, { agent: 'other', source: 'grafana' })).toEqual([
      { scope: 'agent', of: 'other', budget: { tokens: 5 } },
      { scope: 'day', of: '', budget: { usd: 50 } },
    ]);
    expect(dayLimits(budgets, {})).toHaveLength(1);
  });

  it('AGT-6: takes no source for a member that every object has', () => {
    const budgets = parse("sources: { 'a': { day: { tokens: 1 } } }");
    expect(dayLimits(budgets, { source: 'constructor' })).toEqual([]);
  });

  it('AGT-6: of the two budgets of a run the lower one counts, in each unit', () => {
    const budgets = parse('run: { tokens: 100 }\nagents: { mender: { run: { usd: 2 } } }');
    const of = (...[agent, planned]: [string, { tokens?: number; usd?: number }?]) =>
      runLimit(budgets, agent, planned).budget;
    expect(of('other')).toEqual({ tokens: 100 });
    expect(of('other', { tokens: 70, usd: 1 })).toEqual({ tokens: 70, usd: 1 });
    expect(of('other', { tokens: 700 })).toEqual({ tokens: 100 });
    expect(of('mender', { usd: 3 })).toEqual({ usd: 2 });
  });

  it.each([
    ['run: { tokens: -1 }', /\/etc\/budgets\.yaml: run\.tokens: /],
    ['run: {}', /run: limits neither tokens nor usd/],
    ['agents: { mender: { day: { eur: 1 } } }', /agents\.mender\.day: .*"eur"/],
    ['sources: { chat: { tokens: 1 } }', /sources\.chat\.day: /],
    ['days: { usd: 1 }', /"days"/],
    ['run: [', /^\/etc\/budgets\.yaml: /],
  ])('AGT-6: names the file and the field that is wrong: %s', (yaml, problem) => {
    expect(() => parse(yaml)).toThrow(problem);
  });

  it('AGT-6: takes what the guide shows', () => {
    const guide = new URL('../../../../docs/guides/budgets.md', import.meta.url).pathname;
    const [, yaml = ''] = /```yaml\n([^]*?)```/.exec(readFileSync(guide, 'utf8')) ?? [];
    expect(dayLimits(parse(yaml), { agent: 'diagnose_repair', source: 'grafana' })).toEqual([
      { scope: 'agent', of: 'diagnose_repair', budget: { usd: 20 } },
      { scope: 'source', of: 'grafana', budget: { usd: 5 } },
      { scope: 'day', of: '', budget: { usd: 50 } },
    ]);
  });

  it('AGT-6: a file that is named has to be there, and the sample limits nothing', () => {
    expect(() => readBudgets('/nowhere/budgets.yaml')).toThrow(/SIGNALBOX_BUDGETS: ENOENT/);
    const sample = new URL('../../../../deploy/budgets.yaml', import.meta.url).pathname;
    expect(readBudgets(sample)).toEqual({ agents: {}, sources: {} });
  });
});
