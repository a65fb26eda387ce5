import { textLines } from './text-lines.ts';

/** One of the server-sent events. */
export interface ServerEvent {
  /** `message` where the server names none. */
  readonly name: string;
  readonly data: unknown;
}

/**
 * Server-sent events with JSON for data, as their bytes come in; what is cut off is left out.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html
 * @throws SyntaxError for data that is no JSON.
 */
export async function* serverEvents(
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<ServerEvent, void> {
  let name = 'message';
  let data: string[] = [];
  for await (const line of textLines(bytes)) {
    if (line === '') {
      if (data.length > 0) yield { name, data: JSON.parse(data.join('\n')) as unknown };
      name = 'message';
      data = [];
      continue;
    }
    // A line without a name before the colon is a comment.
    const [, field, value = ''] = /^([^:]*):? ?(.*)$/s.exec(line.replace(/\r$/, '')) ?? [];
    if (field === 'event') name = value;
    if (field === 'data') data.push(value);
  }
}
