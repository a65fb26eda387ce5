import * as fc from 'fast-check';
import { gatewayConfigSchema } from '../gateway-config/gateway-config.schema.ts';
import { excessOf, inexactIn } from './argument-bounds.ts';

const { limits } = gatewayConfigSchema.parse({});

const nested = (levels: number): unknown =>
  JSON.parse('{"a":'.repeat(levels) + '1' + '}'.repeat(levels));

describe('excessOf', () => {
  it('takes every small JSON value, and never less than its size as JSON', () => {
    const value = fc.jsonValue({ maxDepth: 5, stringUnit: 'binary' });
    fc.assert(
      fc.property(value, (small) => {
        const text = JSON.stringify(small);
        fc.pre(!text.includes('__proto__'));
        expect(excessOf(small, limits)).toBeUndefined();
        const tooFew = { ...limits, argumentsBytesMax: Buffer.byteLength(text) - 1 };
        expect(excessOf(small, tooFew)).toMatch(/larger/);
      }),
    );
  });

  it.each([
    ['20 000 levels', nested(20_000), /deeper than 32/],
    ['a list of lists', [[[nested(30)]]], /deeper than 32/],
    ['a huge text', { a: 'x'.repeat(1_000_000) }, /larger than 64000/],
    ['100 000 members', Array.from({ length: 100_000 }, () => 0), /larger than 64000/],
    [
      'text that JSON writes at six times the length',
      { a: '\u0001'.repeat(20_000) },
      /larger than 64000/,
    ],
    ['a huge name', { ['x'.repeat(70_000)]: 1 }, /larger than 64000/],
    ['__proto__', JSON.parse('{"a":[{"__proto__":{"b":1}}]}'), /__proto__/],
  ])('refuses %s', (_, value, expected) => {
    expect(excessOf(value, limits)).toMatch(expected);
  });
});

describe('inexactIn', () => {
  it.each([
    [{ id: JSON.parse('9007199254740993') }, 'id'],
    [{ a: [{ b: 1 }, { b: JSON.parse('-12345678901234567890') }] }, 'a.1.b'],
    [{ a: JSON.parse('1e999') }, 'a'],
  ])('names the number in %j that is not as it was written', (value, path) => {
    expect(inexactIn(value)).toMatch(new RegExp(`^${path}: .*as text`));
  });

  it('takes every whole number that is kept, and every fraction', () => {
    const known = fc.oneof(fc.maxSafeInteger(), fc.double({ max: 1e9, min: -1e9, noNaN: true }));
    fc.assert(
      fc.property(known, (number) => {
        expect(
          inexactIn({ a: [number], b: String(number) + '12345678901234567890' }),
        ).toBeUndefined();
      }),
    );
  });
});
