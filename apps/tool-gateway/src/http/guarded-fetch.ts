import { Agent, fetch } from 'undici';
import { AnswerExtent, AnswerTooLarge } from './answer-extent.ts';
import { type DestinationGuard, HEADER_BYTES_MAX, portOf } from './destination-guard.ts';
import { Turns } from './turns.ts';

/** Of a stream of events, what is looked at before others may have their turn. */
const PIECE_BYTES = 4_096;
/** https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream */
const EVENT_END = /\n\n|\r\r|\r\n\r\n/;
const EVENT_END_BYTES = 4;

export type Fetch = (url: string | URL, init?: RequestInit) => Promise<Response>;

export interface GuardedFetch {
  readonly fetch: Fetch;
  /** Ends what is under way. */
  close(): Promise<void>;
}

export interface GuardedFetchOptions {
  readonly guard: DestinationGuard;
  /** Added to each request, and read anew for it. */
  readonly headers: () => Promise<Readonly<Record<string, string>>>;
}

/**
 * The `fetch` of a library that speaks HTTP itself: connections are kept, answers are streamed, and
 * time is the library's. Redirects are answered with, not followed. Reading an answer that is larger
 * than an `AnswerExtent` may be throws `AnswerTooLarge`.
 */
export function guardedFetch({ guard, headers }: GuardedFetchOptions): GuardedFetch {
  const agent = new Agent({
    allowH2: false,
    maxHeaderSize: HEADER_BYTES_MAX,
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: (options, callback) => {
      const { protocol, hostname, port } = options;
      const url = new URL(`${protocol}//${hostname}${port === '' ? '' : `:${port}`}`);
      guard.connectorFor(portOf(url))(options, callback);
    },
  });
  return {
    close: () => agent.destroy(),
    fetch: async (given, init = {}) => {
      const url = guard.checked(given);
      if (!(url instanceof URL)) throw new TypeError(url.message);
      const { method = 'GET', body, signal } = init;
      const answer = await fetch(url, {
        method,
        headers: { ...Object.fromEntries(new Headers(init.headers)), ...(await headers()) },
        body: typeof body === 'string' ? body : null,
        signal: signal ?? null,
        redirect: 'manual',
        dispatcher: agent,
      });
      // The same class by its shape: it comes from the package, not from Node.
      const response = answer as unknown as Response;
      if (!response.body) return response;
      const { status, statusText } = response;
      const limited = ReadableStream.from(bounded(response, method === 'GET'));
      return new Response(limited, { status, statusText, headers: response.headers });
    },
  };
}

/** The body of an answer; `isEndless`: one whose events are bounded, each by itself. */
async function* bounded(
  { body, headers }: Response,
  isEndless: boolean,
): AsyncGenerator<Uint8Array> {
  const isEvents = headers.get('content-type')?.startsWith('text/event-stream') === true;
  const turns = new Turns();
  let extent = new AnswerExtent();
  let before = '';
  for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
    const step = isEvents ? PIECE_BYTES : chunk.length;
    for (let at = 0; at < chunk.length; at += step) {
      const piece = chunk.subarray(at, at + step);
      if (!extent.add(piece)) throw new AnswerTooLarge();
      yield piece;
      if (isEndless) {
        const read = before + latin1(piece);
        if (EVENT_END.test(read)) extent = new AnswerExtent();
        before = read.slice(1 - EVENT_END_BYTES);
      }
      if (turns.over) await turns.next();
    }
  }
}

/** A character for each byte. */
function latin1({ buffer, byteOffset, length }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, length).toString('latin1');
}
