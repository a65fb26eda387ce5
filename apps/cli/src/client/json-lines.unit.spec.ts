import { jsonLines } from './json-lines.ts';

async function* inPieces(text: string, size: number) {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

describe('lines of JSON', () => {
  const values = [{ title: 'é \u2028 日本 \u{1f525}' }, { n: 1 }, { nested: ['a\nb'] }];
  const text = values.map((value) => JSON.stringify(value)).join('\n');

  it.each([1, 2, 7, 1000])(
    'CLI-1: are whole, whatever pieces of %i bytes they come in',
    async (size) => {
      expect(await Array.fromAsync(jsonLines(inPieces(text, size)))).toEqual(values);
      expect(await Array.fromAsync(jsonLines(inPieces(`${text}\n`, size)))).toEqual(values);
    },
  );

  it('CLI-1: are refused when one breaks off', async () => {
    await expect(Array.fromAsync(jsonLines(inPieces('{"a":1}\n{"b":', 4)))).rejects.toThrow(
      SyntaxError,
    );
  });
});
