import { ruleSchema, type Rule } from '@signalbox/contracts';
import { idAt, newId } from '@signalbox/kernel';
import { compileRules, RULES_ACTIVE_MAX } from '@signalbox/rules';
import { z } from 'zod';
import { candidates, compileCandidates, ruleAnswer, ruleInput, ruleInputs } from './rule-wire.ts';

/** The documented request, and what an older client need not send. */
const documented = {
  name: 'block_prod_delete',
  pattern: 'DELETE.*FROM.*production',
  pattern_type: 'regex',
  action: 'hard_reject',
  risk_level: 'critical',
};
const problemsIn = (schema: z.ZodType, body: unknown) =>
  schema.safeParse(body).error?.issues.map(({ path, message }) => [path.join('.'), message]);

describe('a rule on the wire', () => {
  it('OPS-1: is taken as documented, with the defaults of the contract', () => {
    const { name, pattern, action } = documented;
    expect(ruleInput.parse({ name, pattern, action })).toEqual({
      fields: {
        name,
        pattern,
        patternType: 'regex',
        action,
        riskLevel: 'medium',
        priority: 100,
        active: true,
      },
    });
    expect(ruleInput.parse(documented).fields.riskLevel).toBe('critical');
  });

  it('OPS-1: comes back as it was answered', () => {
    const { fields } = ruleInput.parse({ ...documented, agent_id: 'escalate', priority: 7 });
    const rule = {
      ...fields,
      id: newId(),
      version: 3,
      createdAt: new Date(1),
      updatedAt: new Date(2),
    };
    const answer = ruleAnswer(rule);
    expect(answer).toEqual({
      ...documented,
      id: rule.id,
      automation_id: null,
      agent_id: 'escalate',
      priority: 7,
      active: true,
      version: 3,
      created_at: '1970-01-01T00:00:00.001Z',
      updated_at: '1970-01-01T00:00:00.002Z',
    });
    expect(ruleInput.parse(answer)).toEqual({ fields, id: rule.id, version: 3 });
  });

  it.each([
    [
      { ...documented, action: 'trigger_automation' },
      ['automation_id', 'is needed with action trigger_automation'],
    ],
    [
      { ...documented, automation_id: 'a b' },
      ['automation_id', expect.stringContaining('letters')],
    ],
    [{ ...documented, prority: 1 }, ['prority', 'is not a field of a rule']],
    [{ ...documented, patternType: 'cel' }, ['patternType', 'is not a field of a rule']],
    [{ ...documented, risk_level: 'huge' }, ['risk_level', expect.any(String)]],
    [{ ...documented, priority: 10_001 }, ['priority', expect.any(String)]],
    [{ ...documented, name: null }, ['name', expect.any(String)]],
    [{ ...documented, id: 'x' }, ['id', 'is not a ULID']],
    [{ ...documented, version: 'v1' }, ['version', expect.any(String)]],
    ['text', ['', expect.any(String)]],
  ])('OPS-1: names the field in %j', (body, problem) => {
    expect(problemsIn(ruleInput, body)).toEqual([problem]);
  });

  it('OPS-1: names every field that is wrong, of every rule', () => {
    const wrong = { ...documented, name: '', action: 'explode', colour: 'red' };
    expect(problemsIn(ruleInputs, [documented, wrong])?.map(([field]) => field)).toEqual([
      '1.colour',
      '1.name',
      '1.action',
    ]);
    expect(problemsIn(ruleInputs, [documented, documented])).toEqual([
      ['1.name', 'is that of rule 1 too'],
    ]);
  });
});

it('RUL-6: candidates keep the age of the rules that they would replace; new ones come last', () => {
  const now = new Date('2026-11-21T10:00:00.000Z');
  const inputs = ['new', 'old', 'newer'].map((name) => ruleInput.parse({ ...documented, name }));
  const old = {
    ...ruleInput.parse({ ...documented, name: 'old' }).fields,
    id: idAt(new Date(5), 'old'),
  };
  const [first, second, third] = candidates(inputs, [old], now).map(({ id }) => id);
  expect(second).toBe(old.id);
  expect([second, first, third].toSorted()).toEqual([second, first, third]);
});

describe('candidates', () => {
  const rule = ruleSchema.parse({ ...documented, id: newId(), patternType: 'regex' });

  it('RUL-6: are made ready once each', () => {
    const readsBy = (use: (rule: Rule) => unknown) => {
      let reads = 0;
      const pattern = {
        get: () => {
          reads++;
          return rule.pattern;
        },
      };
      use(Object.defineProperty({ ...rule }, 'pattern', pattern));
      return reads;
    };
    const once = readsBy((counted) => compileRules([counted]));
    expect(once).toBeGreaterThan(0);
    expect(readsBy((counted) => compileCandidates([counted]))).toBe(once);
  });

  it('RUL-6: are refused together when they are too many, before any is looked at', () => {
    const broken = Array.from({ length: RULES_ACTIVE_MAX + 1 }, () => ({ ...rule, pattern: '(' }));
    expect(() => compileCandidates(broken)).toThrow(/rules would be active/);
  });

  it.each([true, false])('RUL-6: are refused by place and field, with active %j', (active) => {
    const refused = () => compileCandidates([rule, { ...rule, pattern: '(', active }]);
    expect(refused).toThrow(
      expect.objectContaining({
        kind: 'invalid',
        fields: [expect.objectContaining({ field: 'rules.1.pattern' })],
      }),
    );
  });
});
