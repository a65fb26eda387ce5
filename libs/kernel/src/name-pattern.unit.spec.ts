import fc from 'fast-check';
import { matchesPattern } from './name-pattern.ts';

describe('matchesPattern', () => {
  it('agrees with the regular expression that it stands for', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '_', '.') });
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '_', '.', '*'), maxLength: 8 });
    fc.assert(
      fc.property(pattern, text, (glob, name) => {
        const source = glob.replaceAll('.', '\\.').replaceAll('*', '.*');
        expect(matchesPattern(glob, name)).toBe(new RegExp(`^${source}$`).test(name));
      }),
    );
  });

  it('takes no longer for a pattern made to be slow', () => {
    expect(matchesPattern('*a'.repeat(49) + '*b', 'a'.repeat(100_000))).toBe(false);
  });
});
