import { checkRuleSet, RULES_ACTIVE_MAX } from './rule-limits.ts';
import { compileRules } from './rule-set.ts';
import { rule, signal } from './signals.fixture.spec.ts';

const TRACE_BYTES_MAX = 229_376;
const many = (count: number, about: Partial<ReturnType<typeof rule>> = {}) =>
  Array.from({ length: count }, (_, i) =>
    rule({ id: String(i).padStart(26, '0'), name: 'n'.repeat(100), pattern: 'nowhere', ...about }),
  );

describe('checkRuleSet', () => {
  it('RUL-5: a thousand rules with names of a hundred letters fit into a decision', () => {
    const pattern = 'payload.nothing_of_this_long_name_is_there > 1';
    const rules = many(RULES_ACTIVE_MAX, { pattern, patternType: 'cel' });
    expect(() => checkRuleSet(rules)).not.toThrow();
    const { trace } = compileRules(rules).evaluate(signal());
    expect(trace).toHaveLength(RULES_ACTIVE_MAX);
    expect(Buffer.byteLength(JSON.stringify(trace))).toBeLessThan(TRACE_BYTES_MAX);
  });

  it.each([
    ['one rule too many', many(RULES_ACTIVE_MAX + 1, { name: 'n' }), '1001 rules would be active'],
    ['names of more bytes', many(RULES_ACTIVE_MAX, { name: 'ü'.repeat(100) }), 'would take'],
    ['names that JSON escapes', many(500, { name: '\u0001'.repeat(100) }), 'would take'],
  ])('RUL-5: refuses %s', (_, rules, problem) => {
    expect(() => checkRuleSet(rules)).toThrow(
      expect.objectContaining({
        code: 'too_many_rules',
        kind: 'invalid',
        message: expect.stringContaining(problem),
      }),
    );
  });

  it('RUL-5: does not count rules that are off', () => {
    expect(() => checkRuleSet(many(RULES_ACTIVE_MAX + 1, { active: false }))).not.toThrow();
  });
});
