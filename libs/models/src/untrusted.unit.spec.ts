import * as fc from 'fast-check';
import { fenceUntrusted } from './untrusted.ts';

describe('fenceUntrusted', () => {
  it('gives the same prompt for the same text', () => {
    expect(fenceUntrusted('signal', 'disk full')).toBe(fenceUntrusted('signal', 'disk full'));
  });

  it('ends at its last line only, whatever the text says, even another fence', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (text, inner) => {
        const fenced = fenceUntrusted('signal', text + fenceUntrusted('signal', inner));
        const [first = '', ...rest] = fenced.split('\n');
        const end = `UNTRUSTED ${first.split(' ').at(-1)}>>>`;
        expect(rest.indexOf(end)).toBe(rest.length - 1);
        expect(fenced.split(end)).toHaveLength(2);
      }),
    );
  });
});
