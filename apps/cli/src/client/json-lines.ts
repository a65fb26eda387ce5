/**
 * The values of newline-delimited JSON, as their bytes come in. Not `node:readline`, which also
 * breaks at U+2028, and JSON may hold that.
 * @throws SyntaxError for a line that is no JSON.
 */
export async function* jsonLines<Line>(
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<Line, void> {
  const utf8 = new TextDecoder();
  let rest = '';
  for await (const chunk of bytes) {
    const lines = (rest + utf8.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') yield JSON.parse(line) as Line;
  }
  if (rest !== '') yield JSON.parse(rest) as Line;
}
