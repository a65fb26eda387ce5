import { watch } from './canaries/watch.ts';

const ANSWER_MAX_MS = 60_000;

export interface Answer<T> {
  readonly status: number;
  readonly body: T;
}

export interface Sent {
  /** As it goes over the wire. */
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The HTTP edge, to somebody with its key. What it answers is searched for credentials. */
export class Edge {
  readonly url: string;
  readonly #apiKey: string;

  constructor(url: string, apiKey: string) {
    this.url = url;
    this.#apiKey = apiKey;
  }

  get<T>(path: string): Promise<Answer<T>> {
    return this.call<T>('GET', path);
  }

  post<T>(path: string, body: unknown, headers: Sent['headers'] = {}): Promise<Answer<T>> {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return this.call<T>('POST', path, { body: text, headers });
  }

  /** A request that is neither `get` nor `post`. */
  async call<T>(method: string, path: string, sent: Sent = {}): Promise<Answer<T>> {
    const { status, text } = await this.ask(method, path, sent);
    return { status, body: JSON.parse(text) as T };
  }

  /** Where the answer need not be JSON. */
  async ask(
    method: string,
    path: string,
    sent: Sent = {},
  ): Promise<{ readonly status: number; readonly text: string }> {
    const key = { 'x-stourio-key': this.#apiKey };
    const headers = { ...key, 'content-type': 'application/json', ...sent.headers };
    const signal = AbortSignal.timeout(ANSWER_MAX_MS);
    const response = await fetch(`${this.url}${path}`, { ...sent, method, headers, signal });
    if (response.ok && headers['x-stourio-key'] === this.#apiKey) watch.used('SIGNALBOX_API_KEY');
    const text = await response.text();
    watch.see(`the answer to ${method} ${path}`, text);
    return { status: response.status, text };
  }
}
