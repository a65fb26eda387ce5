import { checkRule } from '../rule-set.ts';
import { cpuMsOf, matches, rule, signal } from '../signals.fixture.spec.ts';
import { mayMatch, needsOf } from './needed-literals.ts';
import { compileRegex } from './regex.ts';
import { Trigrams } from './trigrams.ts';

const MIB = 1_048_576;

describe('a regex pattern', () => {
  it.each([
    ['(((a{1,1000}){1,1000}){1,1000})', 'more than 1000 steps'],
    [`(?:${'x'.repeat(1_300)}){1000}`, 'more than 1000 steps'],
    ['[a-z]{600}[a-z]{600}', 'more than 1000 steps'],
    ['((a{10}){10}){10}b{100}', 'more than 1000 steps'],
    ['\\pL{300}', 'more than 1000 steps'],
    ['a{1001}', 'invalid repeat count'],
    ['(?<=x)y', 'invalid'],
    ['\\8', 'invalid escape sequence'],
  ])('RUL-1: refuses %j, with the reason', (pattern, problem) => {
    const before = process.memoryUsage().heapUsed;
    expect(() => checkRule(rule({ pattern }))).toThrow(
      expect.objectContaining({
        code: 'unusable_pattern',
        message: expect.stringContaining(problem),
      }),
    );
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(50 * MIB);
  });

  it.each([
    '(a*)*',
    '(?:(?:a?){20}){20}',
    '\\pL{50}[\\pN\\pS]+',
    Array.from({ length: 60 }, (_, i) => `host-${i}\\.example\\.org`).join('|'),
    '[^{]{3}\\{1000\\}',
    '[]{1000}]{2}',
    '\\Qa{1000}\\E',
    '\\d{1,3}(?:\\.\\d{1,3}){3}',
  ])('RUL-1: takes %j', (pattern) => {
    expect(() => compileRegex(pattern)).not.toThrow();
  });

  it.each([
    ['(x+x+)+y', 'x'],
    ['(a|a)*$', 'a'],
    ['(.*a){20}b', 'a'],
    ['a[ab]{300}c', 'ab'],
    ['\\pL{80}9', 'a'],
  ])('RUL-1: %j is through with 64 KiB in less than two seconds', (pattern, part) => {
    const text = part.repeat(65_536 / part.length);
    expect(cpuMsOf(() => matches({ pattern }, signal({ payload: text })))).toBeLessThan(2_000);
  });

  it('RUL-1: ten million characters against patterns that make other engines explode', () => {
    const text = 'a'.repeat(10_000_000);
    const patterns = ['(a+)+$x', '(a|aa)+b', '(a*)*c'];
    const search = () => patterns.map((pattern) => compileRegex(pattern).test(text));
    let found: boolean[] = [];
    expect(cpuMsOf(() => (found = search()))).toBeLessThan(10_000);
    expect(found).toEqual([false, false, false]);
  });
});

describe('what a regex pattern needs', () => {
  const trigrams = new Trigrams();

  it.each([
    ['disk\\s+full', 'the DISK  is full'],
    ['(?:disk|memory) full', 'memory: full'],
    ['(?i)Disk', 'a disk'],
    ['(full)+x?', 'full'],
  ])('RUL-1: %j may match in %j, and not without its letters', (pattern, text) => {
    const needs = needsOf(pattern);
    expect(needs).toBeDefined();
    if (!needs) return;
    trigrams.take([text.toLowerCase()]);
    expect(mayMatch(needs, trigrams)).toBe(true);
    trigrams.take(['something else']);
    expect(mayMatch(needs, trigrams)).toBe(false);
  });

  it.each(['a|disk', '.*', '(disk)?', '[de]is[kx]+', 'é+', 'ab\\s+cd'])(
    'RUL-1: of %j nothing is known',
    (pattern) => {
      expect(needsOf(pattern)).toBeUndefined();
    },
  );
});
