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
const inWords = (plan: Awaited<ReturnType<typeof planRules>>) =>
  plan.changes.map(({ change, before, after }) => `${change} ${(after ?? before).name}`);

describe('planRules', () => {
  const before = known(stored('same', 1), stored('other', 2), stored('gone', 3));
  const wanted = [rule('new'), rule('other', { priority: 5 }), rule('same')];

  it('RUL-2: finds what is new and what differs, and leaves what it is not told of', async () => {
    const plan = await planRules(wanted, before, options);
    expect(inWords(plan)).toEqual(['create new', 'change other']);
    expect(plan).toMatchObject({ unchanged: 1, others: ['gone'] });
    expect(plan.changes[1]).toMatchObject({
      before: { version: 2, priority: 100 },
      after: { id: before.rules.get('01JAR000000000000000000002')?.id, priority: 5 },
    });
  });

  it('RUL-2: deletes what is not wanted when asked to, after everything else', async () => {
    const plan = await planRules([rule('other'), rule('new')], before, { prune: true, now });
    expect(inWords(plan)).toEqual(['create new', 'delete same', 'delete gone']);
    expect(plan.others).toEqual([]);
  });

  it('RUL-2: has nothing to do once it is done', async () => {
    const plan = await planRules([rule('same'), rule('other'), rule('gone')], before, {
      prune: true,
      now,
    });
    expect(plan).toMatchObject({ changes: [], unchanged: 3 });
  });

  it('RUL-2: is the same plan until the rules or the wishes are others', async () => {
    const digestOf = async (rules: typeof before, at = now) =>
      (await planRules(wanted, rules, { prune: false, now: at })).digest;
    const { digest } = await planRules(wanted, before, options);
    expect(await digestOf(before, new Date(0))).toBe(digest);
    const [same, other, gone] = [...before.rules.values()] as [
      RecordedRule,
      RecordedRule,
      RecordedRule,
    ];
    expect(await digestOf(known(same, { ...other, version: 3 }, gone))).not.toBe(digest);
    const more = await planRules([...wanted, rule('more')], before, options);
    expect(more.digest).not.toBe(digest);
  });

  it('RUL-2: checks every rule before it plans any change, and names each field', async () => {
    const broken = rule('b', { pattern: '(?=x)' });
    const aimless = rule('c', { automation_id: 'nothing' });
    const plan = () => planRules([rule('a'), broken, aimless], before, options);
    await expect(plan()).rejects.toThrow(/^rule b: .*\(and 1 more\)\. Nothing was changed\.$/);
    expect(await fieldsOf(plan)).toEqual(['rules.1.pattern', 'rules.2.automation_id']);
  });

  it('RUL-2: counts the rules that are active while it is carried out', async () => {
    const full = known(...Array.from({ length: 10 }, (_, i) => stored(`old ${i}`, i)));
    const many = (count: number) => Array.from({ length: count }, (_, i) => rule(`new ${i}`));
    const planned = (count: number) => planRules(many(count), full, { prune: true, now });
    await expect(planned(991)).rejects.toThrow(/1001 rules/);
    expect((await planned(990)).changes).toHaveLength(1000);
  });

  it('RUL-2: others have their turns while it looks at many rules, and it sees none of that', async () => {
    const live = known(stored('same', 1));
    const many = Array.from({ length: 100 }, (_, i) =>
      rule(`r${i}`, { pattern: `a{${900 - i}}b` }),
    );
    let others = 0;
    const other = () => {
      others++;
      live.rules.clear();
      next = setImmediate(other);
    };
    let next = setImmediate(other);
    try {
      const { changes, others: left } = await planRules(many, live, options);
      expect([changes.length, left]).toEqual([100, ['same']]);
    } finally {
      clearImmediate(next);
    }
    expect(others).toBeGreaterThan(3);
  });

  it('RUL-2: refuses to guess which of two rules of one name is meant', async () => {
    const twins = known(stored('twin', 1), stored('twin', 2));
    await expect(planRules([rule('twin')], twins, options)).rejects.toThrow(/both named twin/);
  });
});

async function fieldsOf(run: () => Promise<unknown>): Promise<string[]> {
  try {
    await run();
  } catch (error) {
    if (error instanceof AppError) return error.fields.map(({ field }) => field);
  }
  return [];
}
