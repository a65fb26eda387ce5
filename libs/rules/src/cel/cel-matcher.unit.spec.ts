import { checkRule } from '../rule-set.ts';
import { cpuMsOf, matches, reasonOf, rule, signal } from '../signals.fixture.spec.ts';

const cel = (pattern: string) => ({ pattern, patternType: 'cel' as const });
const payload = {
  host: 'web-1',
  cpu: 97.3,
  count: 3,
  ok: true,
  gone: null,
  tags: ['red', 'blue'],
  items: [
    { name: 'a', ms: 20 },
    { name: 'b', ms: 700 },
  ],
  deep: { er: { x: 1 } },
  constructor: 'mine',
  command: "sudo r''m -r -f /",
};
const of = signal({ payload, labels: { env: 'production' } });

describe('a CEL pattern', () => {
  it.each([
    ['signal.severity == "critical" && payload.cpu > 90', true],
    ['severity == "critical"', true],
    ['signal.source == "datadog" && signal.type == "alert" && signal.status == "firing"', true],
    ['labels.env == "production"', true],
    ['signal.labels["env"].startsWith("prod")', true],
    ['payload.count == 3 && payload.count < 3.5', true],
    ['payload.items.exists(i, i.ms > 500)', true],
    ['payload.items.filter(i, i.ms > 500).map(i, i.name) == ["b"]', true],
    ['size(payload.items) == 2 && payload.items[1].name == "b"', true],
    ['"red" in payload.tags', true],
    ['has(payload.deep.er.x) && !has(payload.deep.er.y)', true],
    ['payload.gone == null', true],
    ['payload.constructor == "mine"', true],
    ['text.contains("Payload: {") && text.startsWith("[DATADOG] alert: ")', true],
    ['commands.contains("rm -f -r /")', true],
    ['payload.host.matches("^web-[0-9]+$")', true],
    ['payload.host.matches("WEB")', false],
    ['timestamp(signal.startsAt).getHours() == 10', true],
    ['payload.cpu > 99.0 || payload.ok', true],
    ['payload.missing.deeper == 1 || payload.ok', true],
    ['1 + 1 == 2', true],
    ['payload.cpu > 99', false],
    ['payload.host == "web-2"', false],
  ])('RUL-1: %j → %s', (pattern, expected) => {
    expect(matches(cel(pattern), of)).toBe(expected);
  });

  it.each([
    ['payload.cpu > 99', 'it is false'],
    ['payload.host', 'it is neither true nor false'],
    ['payload.missing > 1', 'error: field not found: missing'],
    ['payload.host > 1', "error: found no matching overload for '_>"],
    ['int(payload.host) > 1', 'error: Cannot convert web-1 to a BigInt'],
    ['payload.items[7].ms > 1', 'error: index 7 out of bounds'],
  ])('RUL-5: %j does not match and says why', (pattern, reason) => {
    expect(matches(cel(pattern), of)).toBe(false);
    expect(reasonOf(cel(pattern), of)).toContain(reason.slice(0, 40));
  });

  it.each([
    ['signal.severity ==', 'found = but expecting end of input'],
    ['signl.severity == "x"', 'no variable signl; there are signal, payload'],
    ['payload.a.exists(x, y > 1)', 'no variable y'],
    ['payload.host.sounds("x")', 'no function sounds'],
    ['charged(payload.items, 0).size() > 1', 'no function charged'],
    ['payload.host.matches(payload.regex)', 'matches needs a pattern that is written out'],
    ['payload.host.matches("(?=x)")', 'error parsing regexp'],
    ['payload.host.matches("a{1000}b{1000}")', 'more than 1000 steps'],
    ['1+1', 'it is always the same, and neither true nor false'],
    ['"critical"', 'it is always the same'],
    ['[1, 2].map(x, x + 1)', 'it is always the same'],
    ['google.protobuf.Struct{}.a == 1', 'no type google.protobuf.Struct'],
    ['('.repeat(1000), 'more than 50 brackets within each other'],
  ])('RUL-1: refuses %j', (pattern, problem) => {
    expect(() => checkRule(rule(cel(pattern)))).toThrow(
      expect.objectContaining({
        code: 'unusable_pattern',
        fields: [{ field: 'pattern', problem: expect.stringContaining(problem) }],
      }),
    );
  });
});

describe('the cost of a CEL pattern', () => {
  const big = signal({
    payload: {
      items: Array.from({ length: 30_000 }, () => 1),
      objects: Array.from({ length: 1_000 }, (_, i) => ({ name: `n${i}`, ms: i })),
    },
  });

  it.each([
    'payload.items.all(x, payload.items.all(y, payload.items.all(z, x + y + z > 0)))',
    'payload.items.all(x, payload.items.exists(y, true))',
    'payload.items.exists(x, x.missing > 1)',
    'payload.objects.all(o, payload.objects == [o])',
    'payload.objects.exists(o, text.matches("(a|b)*c[ab]{30}d"))',
    'payload.items.map(x, x).map(x, x).size() == 1',
    '[text].all(a, [a + a].all(b, [b + b].all(c, [c + c].all(d, [d + d].all(e, size(e) < 0)))))',
  ])('RUL-1: %j ends within two seconds on 64 KiB, without a match', (pattern) => {
    const tookMs = cpuMsOf(() => expect(matches(cel(pattern), big)).toBe(false));
    expect(tookMs).toBeLessThan(2_000);
  });

  it('RUL-5: what costs too much does not match, and says so', () => {
    const everyOther = 'payload.items.all(x, payload.items.all(y, x == y))';
    expect(reasonOf(cel(everyOther), big)).toBe('it costs too much');
  });

  it('RUL-1: a loop over a thousand things is not too much', () => {
    expect(matches(cel('payload.objects.exists(o, o.ms == 999 && o.name == "n999")'), big)).toBe(
      true,
    );
    expect(matches(cel('payload.objects.filter(o, o.ms > 100).size() == 899'), big)).toBe(true);
  });
});
