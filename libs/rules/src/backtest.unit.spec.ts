import { type Rule, ruleSchema, type Signal, signalSchema } from '@signalbox/contracts';
import * as fc from 'fast-check';
import { compareRuleSets, evaluate, outcomeOf } from './backtest.ts';
import { compileRules } from './rule-set.ts';

const ID = '01JAR00000000000000000000';

const signal = (about: Partial<Signal> = {}): Signal =>
  signalSchema.parse({
    id: `${ID}0`,
    source: 'datadog',
    type: 'alert',
    title: 'High CPU on web-server-03',
    fingerprint: 'f',
    startsAt: '2026-11-01T10:00:00Z',
    receivedAt: '2026-11-01T10:00:01Z',
    payload: {},
    raw: {
      sha256: `sha256:${'0'.repeat(64)}`,
      bytes: 2,
      contentType: 'application/json',
      deliveryId: `${ID}0`,
    },
    signature: 'unsigned',
    ...about,
  });

const rule = (about: Partial<Rule> = {}): Rule =>
  ruleSchema.parse({ id: `${ID}1`, name: 'r', pattern: 'cpu', action: 'hard_reject', ...about });

const compare = (before: readonly Rule[], after: readonly Rule[], signals: readonly Signal[]) => {
  const backtest = compareRuleSets(compileRules(before), compileRules(after));
  const changed = signals.map((of) => backtest.take(of)).filter((change) => change !== undefined);
  return { changed, summary: backtest.summary() };
};

const none = {
  hard_reject: 0,
  require_approval: 0,
  trigger_automation: 0,
  force_agent: 0,
  allow: 0,
  model: 0,
  resolved: 0,
};

describe('compareRuleSets', () => {
  it('RUL-6: counts each side by verdict, and what changes from what to what', () => {
    const cpu = rule({ name: 'cpu' });
    const disk = rule({
      name: 'disk',
      pattern: 'disk',
      action: 'force_agent',
      agentId: 'escalate',
    });
    const { summary } = compare(
      [cpu],
      [disk],
      [
        signal(),
        signal({ title: 'cpu again' }),
        signal({ title: 'disk full' }),
        signal({ title: 'nothing' }),
        signal({ status: 'resolved' }),
      ],
    );
    expect(summary).toEqual({
      signals: 5,
      changed: 3,
      sameByAnotherRule: 0,
      before: { ...none, hard_reject: 2, model: 2, resolved: 1 },
      after: { ...none, force_agent: 1, model: 3, resolved: 1 },
      transitions: [
        { from: 'hard_reject, medium risk', to: 'model', count: 2 },
        { from: 'model', to: 'force_agent escalate, medium risk', count: 1 },
      ],
    });
  });

  it('RUL-6: tells a changed signal with the verdict and the trace of both sides', () => {
    const [early, late] = [rule({ name: 'early', pattern: 'disk' }), rule({ name: 'late' })];
    const { changed } = compare([early, late], [early], [signal()]);
    const missed = { ruleId: early.id, ruleName: 'early', matched: false };
    expect(changed).toEqual([
      {
        signal: signal(),
        before: {
          verdict: 'hard_reject',
          rule: 'late',
          riskLevel: 'medium',
          trace: [
            expect.objectContaining(missed),
            expect.objectContaining({ ruleName: 'late', matched: true }),
          ],
        },
        after: { verdict: 'model', trace: [expect.objectContaining(missed)] },
      },
    ]);
  });

  it.each<[string, Partial<Rule>, Partial<Rule>]>([
    ['the action', {}, { action: 'require_approval' }],
    ['the risk', {}, { riskLevel: 'high' }],
    [
      'the workflow',
      { action: 'trigger_automation', automationId: 'one' },
      { action: 'trigger_automation', automationId: 'two' },
    ],
    ['the agent', { action: 'force_agent' }, { action: 'force_agent', agentId: 'escalate' }],
    [
      'what runs once a person agrees',
      { action: 'require_approval', automationId: 'same' },
      { action: 'require_approval', agentId: 'same' },
    ],
    [
      'whether the model says what runs',
      { action: 'require_approval' },
      { action: 'require_approval', agentId: 'take_action' },
    ],
    ['whether a rule decides', {}, { action: 'allow' }],
  ])('RUL-6: a decision is changed by %s', (_, before, after) => {
    const { changed, summary } = compare([rule(before)], [rule(after)], [signal()]);
    expect(changed).toHaveLength(1);
    expect(summary.transitions).toHaveLength(1);
    expect(summary.sameByAnotherRule).toBe(0);
  });

  it.each<[string, readonly Partial<Rule>[], readonly Partial<Rule>[], number]>([
    ['another rule that says the same', [{ name: 'a' }], [{ name: 'b' }], 1],
    ['another pattern of the same rule', [{}], [{ pattern: 'high' }], 0],
    ['a rule that only lets it through', [], [{ action: 'allow' }], 1],
    [
      'the risk of a rule that lets it through',
      [{ action: 'allow' }],
      [{ action: 'allow', riskLevel: 'critical' }],
      0,
    ],
    [
      'an agent that is the default',
      [{ action: 'force_agent' }],
      [{ action: 'force_agent', agentId: 'take_action' }],
      0,
    ],
    ['a rule that is tried in vain', [{}], [{ pattern: 'disk', priority: 1 }, {}], 0],
  ])('RUL-6: a decision is not changed by %s', (_, before, after, byAnother) => {
    const { changed, summary } = compare(before.map(rule), after.map(rule), [signal()]);
    expect(changed).toEqual([]);
    expect(summary).toMatchObject({ changed: 0, sameByAnotherRule: byAnother, transitions: [] });
  });

  it('RUL-6: tries no rule on a signal that is resolved', () => {
    const { changed, summary } = compare([], [rule()], [signal({ status: 'resolved' })]);
    expect(changed).toEqual([]);
    expect(summary.after.resolved).toBe(1);
  });

  it('RUL-6: keeps a thousand kinds of change apart, and counts the rest together', () => {
    const to = (agentId: string) => ({ action: 'force_agent' as const, agentId });
    const sources = Array.from({ length: 40 }, (_, i) => `source-${i}`);
    const types = Array.from({ length: 30 }, (_, i) => `type-${i}`);
    const { summary } = compare(
      sources.map((s) => rule({ pattern: `source:${s}`, patternType: 'payload_match', ...to(s) })),
      types.map((t) => rule({ pattern: t, patternType: 'event_type', ...to(t) })),
      sources.flatMap((source) => types.map((type) => signal({ source, type }))),
    );
    expect(summary.changed).toBe(1_200);
    expect(summary.transitions).toHaveLength(1_001);
    expect(summary.transitions[0]).toEqual({ from: 'other', to: 'other', count: 200 });
  });

  it('RUL-6: agrees with what each side says alone, for any rules and signals', () => {
    const anyRule = fc.record({
      name: fc.constantFrom('a', 'b', 'c'),
      pattern: fc.constantFrom('cpu', 'disk', 'on'),
      action: fc.constantFrom('hard_reject' as const, 'allow', 'force_agent', 'require_approval'),
      riskLevel: fc.constantFrom('low' as const, 'high'),
    });
    const anyRules = fc.array(anyRule.map(rule), { maxLength: 4 });
    const anySignals = fc.array(
      fc.constantFrom('cpu', 'disk on fire', 'on', 'none').map((title) => signal({ title })),
    );
    fc.assert(
      fc.property(anyRules, anyRules, anySignals, (before, after, signals) => {
        const [was, is] = [compileRules(before), compileRules(after)];
        const { changed, summary } = compare(before, after, signals);
        const differ = signals.filter(
          (of) => outcomeOf(evaluate(was, of)) !== outcomeOf(evaluate(is, of)),
        );
        expect(changed.map((change) => change.signal)).toEqual(differ);
        expect(summary.signals).toBe(signals.length);
        const sum = (counts: readonly number[]) => counts.reduce((a, b) => a + b, 0);
        expect(sum(Object.values(summary.before))).toBe(signals.length);
        expect(sum(Object.values(summary.after))).toBe(signals.length);
        expect(sum(summary.transitions.map(({ count }) => count))).toBe(differ.length);
      }),
    );
  });
});
