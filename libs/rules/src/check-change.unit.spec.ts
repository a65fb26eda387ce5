import { type Rule, ruleSchema } from '@signalbox/contracts';
import { AppError } from '@signalbox/kernel';
import { checkChange } from './check-change.ts';

const ID = '01JAR0000000000000000000';

const rule = (number: number, about: Partial<Rule> = {}): Rule =>
  ruleSchema.parse({
    id: `${ID}${String(number).padStart(2, '0')}`,
    name: `r${number}`,
    pattern: 'cpu',
    action: 'allow',
    ...about,
  });

const around = (...rules: Rule[]) => ({
  rules: new Map(rules.map((one) => [one.id, one])),
  agents: new Map([['diagnose_repair', {}]]),
  workflows: new Map([['restart_service', {}]]),
});

function refusal(change: Rule, ...stored: Rule[]): Pick<AppError, 'code' | 'fields'> | undefined {
  try {
    checkChange(change, around(...stored));
  } catch (error) {
    if (error instanceof AppError) return { code: error.code, fields: error.fields };
    throw error;
  }
  return undefined;
}

describe('checkChange', () => {
  it('RUL-2: a name is that of one rule; its own, or one that was given up, may be taken', () => {
    const taken = { field: 'name', problem: `is the name of rule ${rule(1).id}` };
    expect(refusal(rule(2, { name: 'r1' }), rule(1))).toEqual({
      code: 'rule_name_taken',
      fields: [taken],
    });
    expect(refusal(rule(1, { priority: 1 }), rule(1))).toBeUndefined();
    expect(refusal(rule(2, { name: 'r1' }), rule(1, { name: 'other' }))).toBeUndefined();
  });

  it('RUL-2: of two rules that got the same name each can still be changed', () => {
    const twin = rule(2, { name: 'r1' });
    expect(refusal({ ...twin, priority: 1 }, rule(1), twin)).toBeUndefined();
    expect(refusal({ ...twin, name: 'r2' }, rule(1), twin)).toBeUndefined();
  });

  it.each([true, false])('RUL-1: refuses a pattern that cannot be taken, active %s', (active) => {
    expect(refusal(rule(1, { pattern: '(?=x)', active }))).toMatchObject({
      code: 'unusable_pattern',
      fields: [{ field: 'pattern' }],
    });
  });

  it.each([
    ['automationId', 'restart_service', { action: 'trigger_automation' }],
    ['agentId', 'diagnose_repair', { action: 'force_agent' }],
  ] as const)('RUL-1: %s has to be registered', (field, known, about) => {
    expect(refusal(rule(1, { ...about, [field]: known }))).toBeUndefined();
    expect(refusal(rule(1, { ...about, [field]: 'nobody' }))).toEqual({
      code: 'rule_target_unknown',
      fields: [{ field, problem: `nobody is not registered; there is ${known}` }],
    });
  });

  it('RUL-2: no more rules are active at once than the engine is fast with', () => {
    const full = Array.from({ length: 1000 }, (_, i) => ({ ...rule(0), id: `${i}`, name: `${i}` }));
    expect(refusal(rule(1), ...full)).toMatchObject({ code: 'too_many_rules' });
    expect(refusal(rule(1, { active: false }), ...full)).toBeUndefined();
    expect(refusal(rule(1, { priority: 7 }), ...full.slice(1), rule(1))).toBeUndefined();
    expect(refusal(rule(1), ...full.slice(1), rule(1, { active: false }))).toBeUndefined();
    expect(refusal(rule(1), ...full, rule(1, { active: false }))).toMatchObject({
      code: 'too_many_rules',
    });
    expect(refusal(rule(1, { priority: 7 }), ...full, rule(1))).toBeUndefined();
  });

  it('RUL-2: a rule that cannot be used can be turned off, but not changed otherwise', () => {
    const broken = rule(1, { pattern: '(?=x)', automationId: 'nobody' });
    expect(refusal({ ...broken, active: false }, broken, rule(2, { name: 'r1' }))).toBeUndefined();
    expect(refusal({ ...broken, active: false, priority: 1 }, broken)).toMatchObject({
      code: 'unusable_pattern',
    });
  });
});
