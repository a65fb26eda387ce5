import { unavailable } from './model-failure.ts';

/** For one whole call, from the question to the end of the answer. */
export const TIMEOUT_MS = 180_000;
/** For which nothing at all may come; models that think first are silent for long. */
export const SILENCE_MS = 60_000;

/** Where a model is, and how long it may take. */
export interface ModelServer {
  readonly baseUrl: string;
  /** Servers of one's own often want none. */
  readonly apiKey?: string;
  /** For one whole call. */
  readonly timeoutMs: number;
  /** Without a byte; finds connections of which the other end is gone. */
  readonly silenceMs?: number;
}

/** What both SDKs are told. They never try again by themselves, and never write to the console. */
export function clientOptions({ timeoutMs, silenceMs = SILENCE_MS }: ModelServer) {
  return {
    timeout: timeoutMs,
    maxRetries: 0,
    logLevel: 'off' as const,
    fetch: watchedFetch(timeoutMs, silenceMs),
  };
}

/**
 * A `fetch` that gives up a call that takes too long in all, or of which nothing is heard. It
 * counts bytes: a provider's signs of life, which its SDK swallows, keep a call alive.
 */
function watchedFetch(timeoutMs: number, silenceMs: number): typeof fetch {
  return async (input, init) => {
    const stop = new AbortController();
    const stopAfter = (ms: number, problem: string) =>
      setTimeout(() => stop.abort(unavailable(problem)), ms);
    const whole = stopAfter(timeoutMs, `gave no whole answer within ${timeoutMs} ms`);
    const silence = stopAfter(silenceMs, `nothing came from it for ${silenceMs} ms`);
    const settle = () => {
      clearTimeout(whole);
      clearTimeout(silence);
    };
    const signal = AbortSignal.any([stop.signal, ...(init?.signal ? [init.signal] : [])]);
    try {
      const response = await fetch(input, { ...init, signal });
      if (response.body === null) {
        settle();
        return response;
      }
      const heard = heardOf(response.body, { chunk: () => silence.refresh(), end: settle });
      return new Response(ReadableStream.from(heard), response);
    } catch (error) {
      settle();
      throw error;
    }
  };
}

async function* heardOf(
  body: ReadableStream<Uint8Array>,
  on: { readonly chunk: () => void; readonly end: () => void },
): AsyncGenerator<Uint8Array> {
  try {
    on.chunk();
    for await (const chunk of body) {
      on.chunk();
      yield chunk;
    }
  } finally {
    on.end();
  }
}
