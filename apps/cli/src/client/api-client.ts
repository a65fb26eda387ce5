import { AppError, type ErrorKind, type FieldProblem } from '@signalbox/kernel';
import { usage } from '../commands/usage.ts';
import type { ClientConfig } from '../config.ts';

const ANSWER_WAIT_MS = 15_000;

const kinds: Readonly<Record<number, ErrorKind>> = {
  400: 'invalid',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'missing',
  409: 'conflict',
  410: 'gone',
  413: 'too_large',
  422: 'invalid',
  429: 'limited',
  502: 'unavailable',
  503: 'unavailable',
  504: 'unavailable',
};

export interface Call {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
  /** How long the answer may take; 15 s when absent. */
  readonly waitMs?: number;
}

export interface ListPage<Row> {
  readonly rows: readonly Row[];
  /** That the list goes on after them. */
  readonly hasMore: boolean;
}

/** Signalbox over HTTP. */
export class ApiClient {
  readonly #config: ClientConfig;

  constructor(config: ClientConfig) {
    this.#config = config;
  }

  /**
   * @throws AppError as the server says, `unavailable` when none answers, `invalid` when the call
   * cannot be written as a request.
   */
  async call<Answer>(path: string, call: Call = {}): Promise<Answer> {
    const signal = AbortSignal.timeout(call.waitMs ?? ANSWER_WAIT_MS);
    const response = await this.#send(path, call, signal);
    return this.#parse<Answer>(await response.text());
  }

  /**
   * The first page of a list.
   * @throws AppError as `call` does.
   */
  async firstPage<Row>(path: string): Promise<ListPage<Row>> {
    const response = await this.#send(path, {}, AbortSignal.timeout(ANSWER_WAIT_MS));
    const hasMore = response.headers.get('link')?.includes('rel="next"') ?? false;
    return { rows: this.#parse<Row[]>(await response.text()), hasMore };
  }

  /**
   * An answer that comes bit by bit, such as lines of JSON.
   * @param reader makes its parts of its bytes.
   * @throws AppError as `call` does, and `unavailable` when it breaks off, which it does for Node
   * after five minutes of silence.
   */
  async *stream<Part>(
    path: string,
    call: Call,
    reader: (bytes: AsyncIterable<Uint8Array>) => AsyncIterable<Part>,
  ): AsyncGenerator<Part, void> {
    const leaving = new AbortController();
    const late = setTimeout(
      () => leaving.abort(new DOMException('no answer', 'TimeoutError')),
      ANSWER_WAIT_MS,
    );
    try {
      const { body } = await this.#send(path, call, leaving.signal);
      clearTimeout(late);
      if (body) yield* reader(body);
    } catch (error) {
      throw error instanceof AppError ? error : this.#brokenOff(error);
    } finally {
      clearTimeout(late);
      leaving.abort();
    }
  }

  async #send(path: string, call: Call, signal: AbortSignal): Promise<Response> {
    const request = this.#requestOf(path, call, signal);
    let response: Response;
    try {
      response = await fetch(request);
    } catch (error) {
      throw this.#noAnswer(error);
    }
    if (!response.ok) throw this.#refusal(response.status, await response.text());
    return response;
  }

  #requestOf(
    path: string,
    { method = 'GET', body, headers = {} }: Call,
    signal: AbortSignal,
  ): Request {
    const { url, apiKey } = this.#config;
    try {
      return new Request(`${url}${path}`, {
        method,
        headers: {
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(apiKey === undefined ? {} : { 'x-stourio-key': apiKey }),
          ...headers,
        },
        ...(body === undefined ? {} : { body }),
        signal,
      });
    } catch (cause) {
      // Without the reason of the platform, which quotes the key.
      throw usage(
        `${url} is not a URL, or the API key or the idempotency key has characters that no HTTP header may have.`,
        cause,
      );
    }
  }

  #parse<Answer>(text: string): Answer {
    try {
      return JSON.parse(text) as Answer;
    } catch (cause) {
      const message = `What answers at ${this.#config.url} is not Signalbox.`;
      throw new AppError({ code: 'not_signalbox', kind: 'unavailable', message, cause });
    }
  }

  #noAnswer(cause: unknown): AppError {
    const { url } = this.#config;
    const timedOut = cause instanceof Error && cause.name === 'TimeoutError';
    const message = timedOut
      ? `${url} did not answer in time.`
      : `No Signalbox answers at ${url}. Start one with \`npm start\`, or name another with --url or SIGNALBOX_HOME.`;
    return new AppError({ code: 'no_server', kind: 'unavailable', message, cause });
  }

  #brokenOff(cause: unknown): AppError {
    const message = `The answer of ${this.#config.url} broke off.`;
    return new AppError({ code: 'answer_broken_off', kind: 'unavailable', message, cause });
  }

  #refusal(status: number, text: string): AppError {
    const kind = kinds[status] ?? 'bug';
    const { detail, type, errors } = problemIn(text);
    const code = type?.split(':').at(-1)?.replaceAll('-', '_') ?? `http_${status}`;
    const message = this.#hint(code) ?? detail ?? `${this.#config.url} answered ${status}.`;
    return new AppError({ code, kind, message, fields: errors ?? [] });
  }

  /** About the key, unless the server says that it is about something else, as a signature is. */
  #hint(code: string): string | undefined {
    const { url, keyFile } = this.#config;
    if (code === 'api_key_missing' || code === 'http_401') {
      return `${url} wants an API key. Set SIGNALBOX_API_KEY, or run where ${keyFile} is.`;
    }
    if (code === 'api_key_wrong' || code === 'http_403') {
      return `${url} does not accept the API key. It is taken from SIGNALBOX_API_KEY, else from ${keyFile}.`;
    }
    return undefined;
  }
}

interface Problem {
  readonly type?: string;
  readonly detail?: string;
  readonly errors?: readonly FieldProblem[];
}

function problemIn(text: string): Problem {
  try {
    return JSON.parse(text) as Problem;
  } catch {
    return {};
  }
}
