import { textLines } from './text-lines.ts';

/**
 * The values of newline-delimited JSON, as their bytes come in.
 * @throws SyntaxError for a line that is no JSON.
 */
export async function* jsonLines<Line>(
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<Line, void> {
  for await (const line of textLines(bytes)) if (line !== '') yield JSON.parse(line) as Line;
}
