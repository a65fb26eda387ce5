import { unavailable } from './model-failure.ts';

/** For one whole call, from the question to the end of the answer. */
export const TIMEOUT_MS = 180_000;
/** For which nothing at all may come; models that think first are silent for long. */
export const SILENCE_MS = 60_000;

/** What may come behind an answer's last word for its connection to be kept. */
const END_WITHIN_MS = 1_000;
const END_BYTES_MAX = 64 * 1024;

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
  const reader = body.getReader();
  let isRead = false;
  try {
    on.chunk();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      on.chunk();
      yield value;
    }
    isRead = true;
  } catch (error) {
    isRead = true;
    throw error;
  } finally {
    if (isRead) on.end();
    else void readToEnd(reader).finally(on.end);
  }
}

/**
 * An SDK stops at an answer's last word, which may stand before the end of the response. Cancelled
 * there, the connection would be lost; read to its end, it serves the next call.
 */
async function readToEnd(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  const cancel = () => void reader.cancel().catch(() => undefined);
  const patience = setTimeout(cancel, END_WITHIN_MS).unref();
  try {
    let bytes = 0;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      bytes += value.length;
      if (bytes > END_BYTES_MAX) return cancel();
    }
  } catch {
    // It ended otherwise; nobody waits for it.
  } finally {
    clearTimeout(patience);
  }
}
