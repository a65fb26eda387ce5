import { parseJson } from './json-body.ts';

const deep = (levels: number) => Buffer.from('['.repeat(levels) + ']'.repeat(levels));

describe('a JSON body', () => {
  it('is parsed', () => {
    expect(parseJson(Buffer.from('{"a":[1,null,"é"]}'))).toEqual({ a: [1, null, 'é'] });
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['half an object', Buffer.from('{"a":')],
    ['bytes that are not UTF-8', Buffer.from([0x22, 0xff, 0x22])],
  ])('of %s is malformed', (_name, bytes) => {
    expect(() => parseJson(bytes)).toThrow(/^The body is not JSON/);
  });

  it('may not be so deep that it stalls whoever walks it', () => {
    expect(() => parseJson(deep(64))).not.toThrow();
    expect(() => parseJson(deep(66))).toThrow('nested deeper');
    expect(() => parseJson(deep(500_000))).toThrow('nested deeper');
  });
});
