import { AppError } from '@signalbox/kernel';
import type { RecordedRule } from '../definitions/recorded.ts';
import { planRules } from './rule-plan.ts';
import { ruleInput } from './rule-wire.ts';

const now = new Date('2026-11-21T10:00:00.000Z');
const rule = (name: string, about: object = {}) =>
  ruleInput.parse({ name, pattern: name, action: 'allow', ...about });
const stored = (name: string, id: number, about: object = {}): RecordedRule => ({
  ...rule(name, about).fields,
  id: `01JAR00000000000000000000${id}`,
  version: 2,
  createdAt: now,
  updatedAt: now,
});
const known = (...rules: RecordedRule[]) => ({
  rules: new Map(rules.map((one) => [one.id, one])),
  agents: new Map(),
  workflows: new Map(),
});
const options = { prune: false, now };
const inWords = (plan: ReturnType<typeof planRules>) =>
  plan.changes.map(({ change, before, after }) => `${change} ${(after ?? before).name}`);

describe('planRules', () => {
  const before = known(stored('same', 1), stored('other', 2), stored('gone', 3));
  const wanted = [rule('new'), rule('other', { priority: 5 }), rule('same')];

  it('RUL-2: finds what is new and what differs, and leaves what it is not told of', () => {
    const plan = planRules(wanted, before, options);
    expect(inWords(plan)).toEqual(['create new', 'change other']);
    expect(plan).toMatchObject({ unchanged: 1, others: ['gone'] });
    expect(plan.changes[1]).toMatchObject({
      before: { version: 2, priority: 100 },
      after: { id: before.rules.get('01JAR000000000000000000002')?.id, priority: 5 },
    });
  });

  it('RUL-2: deletes what is not wanted when asked to, after everything else', () => {
    const plan = planRules([rule('other'), rule('new')], before, { prune: true, now });
    expect(inWords(plan)).toEqual(['create new', 'delete same', 'delete gone']);
    expect(plan.others).toEqual([]);
  });

  it('RUL-2: has nothing to do once it is done', () => {
    const plan = planRules([rule('same'), rule('other'), rule('gone')], before, {
      prune: true,
      now,
    });
    expect(plan).toMatchObject({ changes: [], unchanged: 3 });
  });

  it('RUL-2: is the same plan until the rules or the wishes are others', () => {
    const digestOf = (rules: typeof before, at = now) =>
      planRules(wanted, rules, { prune: false, now: at }).digest;
    const { digest } = planRules(wanted, before, options);
    expect(digestOf(before, new Date(0))).toBe(digest);
    const [same, other, gone] = [...before.rules.values()] as [
      RecordedRule,
      RecordedRule,
      RecordedRule,
    ];
    expect(digestOf(known(same, { ...other, version: 3 }, gone))).not.toBe(digest);
    expect(planRules([...wanted, rule('more')], before, options).digest).not.toBe(digest);
  });

  it('RUL-2: checks every rule before it plans any change, and names each field', () => {
    const broken = rule('b', { pattern: '(?=x)' });
    const aimless = rule('c', { automation_id: 'nothing' });
    const plan = () => planRules([rule('a'), broken, aimless], before, options);
    expect(plan).toThrow(/^rule b: .*\(and 1 more\)\. Nothing was changed\.$/);
    expect(fieldsOf(plan)).toEqual(['rules.1.pattern', 'rules.2.automation_id']);
  });

  it('RUL-2: counts the rules that are active while it is carried out', () => {
    const full = known(...Array.from({ length: 10 }, (_, i) => stored(`old ${i}`, i)));
    const many = (count: number) => Array.from({ length: count }, (_, i) => rule(`new ${i}`));
    expect(() => planRules(many(991), full, { prune: true, now })).toThrow(/1001 rules/);
    expect(planRules(many(990), full, { prune: true, now }).changes).toHaveLength(1000);
  });

  it('RUL-2: refuses to guess which of two rules of one name is meant', () => {
    const twins = known(stored('twin', 1), stored('twin', 2));
    expect(() => planRules([rule('twin')], twins, options)).toThrow(/both named twin/);
  });
});

function fieldsOf(run: () => unknown): string[] {
  try {
    run();
  } catch (error) {
    if (error instanceof AppError) return error.fields.map(({ field }) => field);
  }
  return [];
}
