import { type Rule, ruleSchema, type Signal, signalSchema } from '@signalbox/contracts';
import type { Json } from '@signalbox/kernel';
import * as fc from 'fast-check';
import { compileRules } from './rule-set.ts';

const ID = '01JAR00000000000000000000';

const signal = (about: Partial<Signal> & { payload?: Json } = {}): Signal =>
  signalSchema.parse({
    id: `${ID}0`,
    source: 'datadog',
    type: 'alert',
    title: 'High CPU on web-server-03',
    severity: 'critical',
    fingerprint: 'f',
    startsAt: '2026-11-01T10:00:00Z',
    receivedAt: '2026-11-01T10:00:01Z',
    payload: { host: 'web-server-03', cpu_percent: 97.3, duration_minutes: 5 },
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
  ruleSchema.parse({ id: `${ID}1`, name: 'r', pattern: 'cpu', action: 'allow', ...about });

const matches = (about: Partial<Rule>, of: Signal = signal()) =>
  compileRules([rule(about)]).evaluate(of).matched !== undefined;

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
      'in neither the raw nor the sanitised text',
      'text has no "disk full"',
      'the type is alert:critical',
      'no field region',
      'raw text: "High CPU"',
    ]);
  });

  it.each([
    ['(?=lookahead)', 'regex'],
    ['([a-z]+', 'regex'],
    ['(a)\\1', 'regex'],
    ['signal.severity == "critical"', 'cel'],
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
    const started = performance.now();
    matches({ pattern }, signal({ payload: { text } }));
    expect(performance.now() - started).toBeLessThan(2_000);
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

const anyRule = fc.record({
  pattern: fc.oneof(
    fc.constantFrom('cpu', '^\\[', 'a|b', '.*', '\\d+', 'severity:critical', 'x:1'),
    fc.stringMatching(/^[a-z:. ]{0,6}[a-z]:[a-z]$/),
  ),
  patternType: fc.constantFrom('regex' as const, 'keyword', 'event_type', 'payload_match'),
  priority: fc.nat({ max: 3 }),
  active: fc.boolean(),
});

describe('evaluate', () => {
  it('RUL-2: never throws, and the first match wins, for any rules and any signal', () => {
    const anyRules = fc.array(anyRule, { maxLength: 8 }).map((rules) =>
      rules
        .filter(
          ({ pattern, patternType }) => patternType !== 'payload_match' || /^[^:]+:/.test(pattern),
        )
        .filter(({ pattern }) => pattern.trim() !== '' && !pattern.trim().startsWith(':'))
        .map((about, i) => rule({ ...about, id: `${ID}${i}`, name: `r${i}` })),
    );
    const anySignal = fc.record({
      title: fc.string({ minLength: 1, maxLength: 50, unit: 'binary' }),
      payload: fc.jsonValue() as fc.Arbitrary<Json>,
      severity: fc.constantFrom('critical', 'low'),
    });
    fc.assert(
      fc.property(anyRules, anySignal, (rules, about) => {
        const of = signal(about);
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
});
