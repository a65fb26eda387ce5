import { type DecisionMade, type Rule, ruleSchema, type VersionedRule } from '@signalbox/contracts';
import { deriveId, type JsonObject } from '@signalbox/kernel';
import { EVENT_BYTES_MAX } from '@signalbox/messaging';
import { checkRuleSet, compileRules, type Evaluation, RULES_ACTIVE_MAX } from '@signalbox/rules';
import { answerWith, someTargets } from '../routing/routing.fixture.spec.ts';
import { type Routing, routingOf } from '../routing/routing-tools.ts';
import { aSignal } from '../signal/signal.fixture.spec.ts';
import { decide, type Grounds, needsModel } from './decision.ts';

const signal = aSignal();
const trial = {
  ruleId: '01JAR000000000000000000001',
  ruleName: 'r',
  matched: true,
  reason: 'why',
};
const rule = (action: Rule['action'], about: Partial<Rule> = {}): VersionedRule => ({
  ...ruleSchema.parse({
    id: trial.ruleId,
    name: 'r',
    pattern: 'x',
    action,
    riskLevel: 'critical',
    automationId: action === 'trigger_automation' ? 'restart_service' : undefined,
    ...about,
  }),
  version: 1,
});
const run = (riskLevel: 'low' | 'medium' | 'high' | 'critical', confidence?: number): Routing => ({
  kind: 'run',
  target: { kind: 'agent', agent: 'escalate', objective: 'Tell.' },
  riskLevel,
  reasoning: 'because',
  ...(confidence === undefined ? {} : { confidence }),
});
const byModel = (routing: Routing, matched?: VersionedRule): Grounds => {
  const evaluation: Evaluation<VersionedRule> = { ...(matched ? { matched } : {}), trace: [trial] };
  const asked = { provider: 'p', model: 'm', offline: false, confidenceMin: 0.5 };
  const routed = { ...asked, routing, promptTokens: 3, completionTokens: 2 };
  return { kind: 'model', evaluation, routed };
};
const decisionOn = (grounds: Grounds): DecisionMade['data'] => decide(signal, grounds).data;

describe('decide', () => {
  it('CTL-1: runs nothing while halted', () => {
    expect(decisionOn({ kind: 'halted', trace: [trial] })).toMatchObject({
      outcome: 'halted',
      by: 'control',
      trace: [trial],
    });
  });

  it('runs nothing for a problem that is over', () => {
    const decision = decisionOn({ kind: 'resolved' });
    expect(decision).toMatchObject({ outcome: 'answer' });
    expect(decision.target).toBeUndefined();
  });

  it('hard_reject: rejects with the name of the rule, and asks no model', () => {
    expect(needsModel({ matched: rule('hard_reject'), trace: [] })).toBe(false);
    expect(decisionOn({ kind: 'rule', rule: rule('hard_reject'), trace: [trial] })).toEqual({
      outcome: 'reject',
      by: 'rule',
      riskLevel: 'critical',
      approvalRequired: false,
      rule: { id: trial.ruleId, name: 'r', action: 'hard_reject', version: 1 },
      trace: [trial],
      message: 'Rejected by rule r.',
    });
  });

  it('trigger_automation: runs the rule’s workflow, and asks no model', () => {
    expect(needsModel({ matched: rule('trigger_automation'), trace: [] })).toBe(false);
    const grounds: Grounds = { kind: 'rule', rule: rule('trigger_automation'), trace: [trial] };
    expect(decisionOn(grounds)).toMatchObject({
      outcome: 'run',
      target: { kind: 'automation', workflow: 'restart_service' },
      executionId: deriveId(signal.id, 'execution'),
      approvalRequired: false,
    });
  });

  it.each([
    [{}, 'take_action'],
    [{ agentId: 'escalate' }, 'escalate'],
    [{ agentId: 'escalate', automationId: 'restart_service' }, 'escalate'],
  ])('force_agent: runs the agent of %j without a model', (about, agent) => {
    const forced = rule('force_agent', about);
    expect(needsModel({ matched: forced, trace: [] })).toBe(false);
    expect(decisionOn({ kind: 'rule', rule: forced, trace: [trial] })).toMatchObject({
      outcome: 'run',
      by: 'rule',
      target: { kind: 'agent', agent },
    });
  });

  it('require_approval: takes the target of the model and the risk of the rule', () => {
    const matched = rule('require_approval');
    expect(needsModel({ matched, trace: [] })).toBe(true);
    expect(decisionOn(byModel(run('low'), matched))).toMatchObject({
      outcome: 'run',
      by: 'rule',
      riskLevel: 'critical',
      approvalRequired: true,
      target: { kind: 'agent', agent: 'escalate' },
      model: { provider: 'p', reasoning: 'because', promptTokens: 3 },
    });
  });

  it.each([
    [{ agentId: 'escalate' }, { kind: 'agent', agent: 'escalate' }],
    [{ automationId: 'restart_service' }, { kind: 'automation', workflow: 'restart_service' }],
  ])('require_approval: asks no model where the rule names %j', (about, target) => {
    const matched = rule('require_approval', about);
    expect(needsModel({ matched, trace: [] })).toBe(false);
    expect(decisionOn({ kind: 'rule', rule: matched, trace: [trial] })).toMatchObject({
      outcome: 'run',
      by: 'rule',
      riskLevel: 'critical',
      approvalRequired: true,
      target,
      message: 'Rule r wants a person to agree first.',
    });
  });

  it('require_approval: takes take_action when the model gives no target', () => {
    const asked: Routing = { kind: 'ask', message: 'which?', reasoning: '' };
    expect(decisionOn(byModel(asked, rule('require_approval')))).toMatchObject({
      outcome: 'run',
      approvalRequired: true,
      target: { kind: 'agent', agent: 'take_action' },
    });
  });

  it('allow: routes as if there were no rule, and names it', () => {
    const matched = rule('allow');
    expect(needsModel({ matched, trace: [] })).toBe(true);
    expect(decisionOn(byModel(run('low'), matched))).toMatchObject({
      by: 'model',
      riskLevel: 'low',
      approvalRequired: false,
      rule: { action: 'allow' },
    });
  });

  it.each([
    ['low', false],
    ['medium', false],
    ['high', true],
    ['critical', true],
  ] as const)('RTE-2: a risk of %s by the model needs an approval: %s', (riskLevel, needed) => {
    expect(decisionOn(byModel(run(riskLevel)))).toMatchObject({
      outcome: 'run',
      riskLevel,
      approvalRequired: needed,
    });
  });

  it.each([
    [0.49, true, /^A confidence of 0\.49, below 0\.5, wants a person to agree first\. because$/],
    [0.5, false, /^because$/],
    [1, false, /^because$/],
    [undefined, false, /^because$/],
  ])('RTE-1: a confidence of %s needs an approval: %s', (confidence, needed, message) => {
    expect(decisionOn(byModel(run('low', confidence)))).toMatchObject({
      outcome: 'run',
      riskLevel: 'low',
      approvalRequired: needed,
      message: expect.stringMatching(message),
    });
  });

  it('RTE-1: confidence takes no approval away that the risk or a rule demands', () => {
    expect(decisionOn(byModel(run('high', 1))).approvalRequired).toBe(true);
    const byRule = byModel(run('low', 1), rule('require_approval'));
    expect(decisionOn(byRule).approvalRequired).toBe(true);
  });

  it('RTE-1: an answer and a question run nothing', () => {
    const said = { message: 'm', reasoning: 'r', confidence: 0.5 };
    const answered = decisionOn(byModel({ kind: 'answer', ...said }));
    const asked = decisionOn(byModel({ kind: 'ask', ...said }));
    expect([answered.outcome, asked.outcome]).toEqual(['answer', 'needs_info']);
    expect([answered.target, asked.target]).toEqual([undefined, undefined]);
    expect(asked).toMatchObject({ message: 'm', model: { confidence: 0.5 } });
  });
});

/** Headers of an event, with those that guard it. */
const HEADERS_BYTES_MAX = 2 * 1024;

/** As many rules with names of as many bytes as may be in force; the last one matches. */
function mostRules(action: Rule['action']): readonly VersionedRule[] {
  const last = RULES_ACTIVE_MAX - 1;
  const rulesWith = (wide: number) =>
    Array.from({ length: RULES_ACTIVE_MAX }, (_, n) => ({
      ...rule(action),
      id: deriveId(trial.ruleId, n),
      name: n === last ? '\u0001'.repeat(100) : 'ü'.repeat(wide).padEnd(100, 'n'),
      // What a trace shows of a match is text of the signal.
      pattern: n === last ? '\\x01{100,}' : 'payload.nothing_of_this_long_name_is_there > 1',
      patternType: n === last ? ('regex' as const) : ('cel' as const),
      priority: n,
    }));
  let wide = 0;
  while (fits(rulesWith(wide + 1))) wide++;
  return rulesWith(wide);
}

function fits(rules: readonly Rule[]): boolean {
  try {
    checkRuleSet(rules);
    return true;
  } catch {
    return false;
  }
}

const routed = (name: string, args: JsonObject) =>
  routingOf(answerWith({ name, arguments: args }), someTargets(['escalate']));

/** The longest text of one letter that is taken from a model, up to `charsMax` of them. */
function longest(letter: string, charsMax: number, take: (text: string) => unknown): string {
  let [taken, refused] = [0, charsMax + 1];
  while (refused - taken > 1) {
    const length = Math.floor((taken + refused) / 2);
    try {
      take(letter.repeat(length));
      taken = length;
    } catch {
      refused = length;
    }
  }
  return letter.repeat(taken);
}

describe('the largest decision', () => {
  const loud = aSignal({ payload: { text: '\u0001'.repeat(1_000) } });
  const evaluations = (['allow', 'require_approval'] as const).map((action) =>
    compileRules(mostRules(action)).evaluate(loud),
  );

  it.each(['x', 'ж', '语', '\u0001'])('RUL-5, RTE-1: fits into an event, said in %j', (letter) => {
    const answer = (response: string, reasoning = '') =>
      routed('respond_directly', { response, reasoning, confidence: 0.1 });
    const handOver = (objective: string, reasoning: string) =>
      routed('route_to_agent', {
        agent_type: 'escalate',
        objective,
        risk_level: 'low',
        reasoning,
        confidence: 0.1,
      });
    const reasoning = longest(letter, 100_000, (text) => answer('x', text));
    const routings = [
      answer(longest(letter, 100_000, answer), reasoning),
      handOver(
        longest(letter, 100_000, (text) => handOver(text, '')),
        reasoning,
      ),
    ];
    for (const routing of routings) {
      for (const evaluation of evaluations) {
        expect(evaluation.matched).toBeDefined();
        expect(Buffer.byteLength(JSON.stringify(evaluation.trace))).toBeGreaterThan(220 * 1024);
        const asked = { provider: 'p'.repeat(100), model: 'm'.repeat(200), offline: false };
        const answered = {
          ...asked,
          confidenceMin: 0.5,
          routing,
          promptTokens: 9,
          completionTokens: 9,
        };
        const { data } = decide(loud, { kind: 'model', evaluation, routed: answered });
        const bytes = Buffer.byteLength(JSON.stringify(data));
        expect(bytes + HEADERS_BYTES_MAX).toBeLessThanOrEqual(EVENT_BYTES_MAX);
      }
    }
  });
});
