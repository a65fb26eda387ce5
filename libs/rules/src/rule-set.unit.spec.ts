import type { Rule } from '@signalbox/contracts';
import type { Json } from '@signalbox/kernel';
import * as fc from 'fast-check';
import { checkRule, compileRules } from './rule-set.ts';
import { cpuMsOf, ID, matches, rule, signal } from './signals.fixture.spec.ts';

describe('compileRules', () => {
  it('RUL-2: tries by priority, then by age, and the first match decides', () => {
    const rules = compileRules([
      rule({ id: `${ID}3`, name: 'late', priority: 1 }),
      rule({ id: `${ID}4`, name: 'low', priority: 500 }),
      rule({ id: `${ID}2`, name: 'early', pattern: 'nothing', priority: 1 }),
    ]);
    const { matched, trace } = rules.evaluate(signal());
    expect(rules.rules.map(({ name }) => name)).toEqual(['early', 'late', 'low']);
    expect(matched?.name).toBe('late');
    expect(trace.map(({ ruleName, matched: hit }) => [ruleName, hit])).toEqual([
      ['early', false],
      ['late', true],
    ]);
  });

  it('RUL-2: does not try a rule that is not active', () => {
    const { matched, trace } = compileRules([rule({ active: false })]).evaluate(signal());
    expect(matched).toBeUndefined();
    expect(trace).toEqual([]);
  });

  it('RUL-5: says of each rule why it did or did not match', () => {
    const rules = compileRules([
      rule({ id: `${ID}1`, name: 'a', pattern: 'disk' }),
      rule({ id: `${ID}2`, name: 'b', pattern: 'disk full', patternType: 'keyword' }),
      rule({ id: `${ID}3`, name: 'c', pattern: 'incident', patternType: 'event_type' }),
      rule({ id: `${ID}4`, name: 'd', pattern: 'region:eu', patternType: 'payload_match' }),
      rule({ id: `${ID}5`, name: 'e', pattern: 'high\\s+cpu' }),
    ]);
    expect(rules.evaluate(signal()).trace.map(({ reason }) => reason)).toEqual([
      'in none of its texts',
      'in none of its texts',
      'it is of another type',
      'no such field',
      'raw text: "High CPU"',
    ]);
  });

  it.each([
    ['(?=lookahead)', 'regex'],
    ['([a-z]+', 'regex'],
    ['(a)\\1', 'regex'],
    ['signal.severity ==', 'cel'],
    [' \t', 'keyword'],
    ['severity', 'payload_match'],
  ] as const)('RUL-1: refuses %j as %s, naming the rule', (pattern, patternType) => {
    expect(() => compileRules([rule({ name: 'mine', pattern, patternType })])).toThrow(
      expect.objectContaining({
        kind: 'invalid',
        code: 'unusable_pattern',
        message: expect.stringContaining('rule mine: '),
      }),
    );
  });

  it.each([
    ['a pattern that makes other engines explode', '(a+)+$', `${'a'.repeat(60_000)}!`],
    ['comments that do not end', 'x', '/* '.repeat(20_000)],
    ['white space', 'x', ' \n'.repeat(30_000)],
  ])('RUL-1: takes a time linear in the text on %s', (_, pattern, text) => {
    const of = signal({ payload: { text } });
    expect(cpuMsOf(() => matches({ pattern }, of))).toBeLessThan(2_000);
  });
});

describe('pattern types', () => {
  it('RUL-1: the documented rules match the documented webhook', () => {
    expect(matches({ pattern: 'severity:critical', patternType: 'payload_match' })).toBe(true);
    expect(matches({ pattern: 'alert:critical', patternType: 'event_type' })).toBe(true);
  });

  it('RUL-1: event_type is the whole type, with or without the severity', () => {
    expect(matches({ pattern: 'Alert', patternType: 'event_type' })).toBe(true);
    expect(matches({ pattern: 'aler', patternType: 'event_type' })).toBe(false);
    expect(matches({ pattern: 'alert:low', patternType: 'event_type' })).toBe(false);
  });

  it.each([
    ["name:it's down", true],
    ['ok:true', true],
    ['gone:null', true],
    ['deep.er:7', true],
    ['er:7', true],
    ['r:7', false],
    ['tags:blue', true],
    ['items.id:2', true],
    ['url:http://x:80/', true],
    ['ok:false', false],
  ])('RUL-1: payload_match %j → %s', (pattern, expected) => {
    const payload = {
      name: "it's down",
      ok: true,
      gone: null,
      deep: { er: 7 },
      tags: ['red', 'Blue'],
      items: [{ id: 1 }, { id: 2 }],
      url: 'http://x:80/',
    };
    expect(matches({ pattern, patternType: 'payload_match' }, signal({ payload }))).toBe(expected);
  });

  it('RUL-1: keyword ignores letter case and white space', () => {
    const of = signal({ title: 'PRODUCTION \n deploy failed' });
    expect(matches({ pattern: 'production   Deploy', patternType: 'keyword' }, of)).toBe(true);
  });

  it('RUL-3: looks behind the escapes of JSON', () => {
    const of = signal({ payload: { statement: 'drop\n"users"' } });
    expect(matches({ pattern: 'drop\\s+"users"' }, of)).toBe(true);
  });
});

describe('checkRule', () => {
  it('RUL-1: refuses what cannot be compiled, with the field', () => {
    expect(() => checkRule(rule())).not.toThrow();
    expect(() => checkRule(rule({ pattern: '(' }))).toThrow(
      expect.objectContaining({
        code: 'unusable_pattern',
        fields: [{ field: 'pattern', problem: expect.stringContaining('missing closing )') }],
      }),
    );
  });
});

const words = ['cpu', 'disk', 'Kiss', 'drop', 'table', 'ſink', 'ssh', 'root@h', 'x', '97'];
const atom = fc.oneof(
  fc.constantFrom(...words),
  fc.constantFrom('.', '\\s+', '\\b', '[^a]', '[sk]', '\\d', '^', '$', '(?i)x', 'K', 'é'),
);
const { regex } = fc.letrec<{ regex: string }>((tie) => ({
  regex: fc.oneof(
    { depthSize: 'small' },
    atom,
    fc.tuple(tie('regex'), tie('regex')).map(([a, b]) => a + b),
    fc.tuple(tie('regex'), tie('regex')).map(([a, b]) => `(?:${a}|${b})`),
    fc.tuple(tie('regex'), fc.constantFrom('?', '*', '+', '{2}')).map(([a, b]) => `(?:${a})${b}`),
    tie('regex').map((a) => `(?i)${a}`),
  ),
}));
const celOperand = fc.constantFrom(
  'payload.host',
  'payload.gone',
  'payload.n',
  'signal.title',
  'severity',
  'text',
);
const celTerm = fc
  .tuple(celOperand, fc.constantFrom(...words, 'critical', ''), fc.nat({ max: 5 }))
  .map(([field, word, kind]) => {
    const text = JSON.stringify(word);
    if (kind === 0) return `${field} == ${text}`;
    if (kind === 1) return `${field}.contains(${text})`;
    if (kind === 2) return `${text} == ${field}`;
    if (kind === 3) return `!(${field}.startsWith(${text}))`;
    return kind === 4 ? `${field} > 5` : `has(payload.host)`;
  });
const cel = fc
  .tuple(celTerm, fc.constantFrom('&&', '||'), celTerm, fc.constantFrom('&&', '||'), celTerm)
  .map((parts) => parts.join(' '));
const pattern: fc.Arbitrary<Pick<Rule, 'pattern' | 'patternType'>> = fc.oneof(
  regex.map((text) => ({ pattern: text, patternType: 'regex' as const })),
  cel.map((text) => ({ pattern: text, patternType: 'cel' as const })),
  fc
    .tuple(fc.constantFrom(...words), fc.constantFrom('', ' ', '  K'), fc.constantFrom(...words))
    .map(([a, b, c]) => ({ pattern: a + b + c, patternType: 'keyword' as const })),
  fc
    .tuple(fc.constantFrom('host', 'deep.host', 'n', 'severity'), fc.constantFrom(...words, '6'))
    .map(([a, b]) => ({ pattern: `${a}:${b}`, patternType: 'payload_match' as const })),
  fc
    .constantFrom('alert', 'alert:critical', 'deploy')
    .map((text) => ({ pattern: text, patternType: 'event_type' as const })),
);
const anyRules = fc
  .array(fc.tuple(pattern, fc.nat({ max: 3 }), fc.boolean()), { maxLength: 8 })
  .map((list) =>
    list.map(([about, priority, active], i) =>
      rule({ ...about, priority, active, id: `${ID}${i}`, name: `r${i}` }),
    ),
  );
const anyText = fc
  .array(
    fc.oneof(fc.constantFrom(...words, ' ', '\n', "'", 'CPU', 'KISS'), fc.string({ maxLength: 3 })),
  )
  .map((parts) => parts.join(''));
const anySignal = fc
  .record({
    title: anyText.filter((text) => text !== '').map((text) => text.slice(0, 200)),
    payload: fc.oneof(
      fc.jsonValue() as fc.Arbitrary<Json>,
      fc.record({ host: anyText, n: fc.nat({ max: 9 }), deep: fc.record({ host: anyText }) }),
    ),
    severity: fc.constantFrom('critical', 'low'),
  })
  .map(signal);

describe('evaluate', () => {
  it('RUL-2: never throws, and the first match wins, for any rules and any signal', () => {
    fc.assert(
      fc.property(anyRules, anySignal, (rules, of) => {
        const inOrder = rules
          .filter(({ active }) => active)
          .toSorted((a, b) => a.priority - b.priority || a.id.localeCompare(b.id));
        const alone = inOrder.map((r) => compileRules([r]).evaluate(of).matched !== undefined);
        const { matched, trace } = compileRules(rules).evaluate(of);
        const first = alone.indexOf(true);
        expect(matched).toEqual(first < 0 ? undefined : inOrder[first]);
        expect(trace.map(({ matched: hit }) => hit)).toEqual(
          first < 0 ? alone : alone.slice(0, first + 1),
        );
      }),
    );
  });

  it('RUL-5: the shortcuts past rules change neither the decision nor the trace', () => {
    fc.assert(
      fc.property(anyRules, anySignal, (rules, of) => {
        expect(compileRules(rules).evaluate(of)).toEqual(
          compileRules(rules, { prefilter: false }).evaluate(of),
        );
      }),
      { numRuns: 200 },
    );
  });
});
