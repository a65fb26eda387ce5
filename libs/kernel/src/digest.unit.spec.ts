import fc from 'fast-check';
import { canonicalJson, digestOf } from './digest.ts';

it('writes JSON one way, whatever the order of members', () => {
  expect(canonicalJson({ b: [1, { d: null, c: 'é"' }], a: undefined })).toBe(
    '{"b":[1,{"c":"é\\"","d":null}]}',
  );
  expect(digestOf({ a: 1, b: 2 })).toBe(digestOf({ b: 2, a: 1 }));
});

it('says the same as JSON.parse understands', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

it('digests bytes as they are', () => {
  expect(digestOf(new TextEncoder().encode('abc'))).toBe(
    'sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  );
});
