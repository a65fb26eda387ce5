import { Agent, fetch } from 'undici';
import { type DestinationGuard, portOf } from './destination-guard.ts';

const HEADER_BYTES_MAX = 16_384;

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
  /** Of the answer to one POST. What is pushed on a GET has no end. */
  readonly answerBytesMax: number;
}

/**
 * The `fetch` of a library that speaks HTTP itself: connections are kept, answers are streamed, and
 * time is the library's. Redirects are answered with, not followed.
 */
export function guardedFetch({
  guard,
  headers,
  answerBytesMax,
}: GuardedFetchOptions): GuardedFetch {
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
      if (method !== 'POST' || !response.body) return response;
      const { status, statusText } = response;
      const limited = response.body.pipeThrough(atMost(answerBytesMax));
      return new Response(limited, { status, statusText, headers: response.headers });
    },
  };
}

function atMost(bytesMax: number): TransformStream<Uint8Array, Uint8Array> {
  let bytes = 0;
  return new TransformStream({
    transform(chunk: Uint8Array, controller) {
      bytes += chunk.length;
      if (bytes > bytesMax) controller.error(new Error(`an answer of more than ${bytesMax} bytes`));
      else controller.enqueue(chunk);
    },
  });
}
