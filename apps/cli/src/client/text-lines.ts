/**
 * The lines of a text as its bytes come in, without their line feeds. Not `node:readline`, which
 * also breaks at U+2028, and JSON may hold that. What stands behind the last line feed comes last,
 * if it is not empty.
 */
export async function* textLines(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string, void> {
  const utf8 = new TextDecoder();
  let rest = '';
  for await (const chunk of bytes) {
    const lines = (rest + utf8.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') yield rest;
}
