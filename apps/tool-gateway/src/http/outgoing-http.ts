import type { LookupFunction } from 'node:net';
import { lookup as lookUp } from 'node:dns/promises';
import type { LookupAddress } from 'node:dns';
import { callbackify } from 'node:util';
import { buildConnector, Client, type Dispatcher } from 'undici';
import type { ToolResult } from '../ports/tool.port.ts';
import type { Destinations } from './destinations.ts';

const CONNECT_TIMEOUT_MS = 5_000;
const HEADER_BYTES_MAX = 16_384;
const ports: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: string | URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** For all of it, from the look-up of the name to the last byte. */
  readonly timeoutMs: number;
  /** Of the answer's body. */
  readonly bytesMax: number;
  readonly signal: AbortSignal;
}

export interface HttpAnswer {
  readonly status: 'answered';
  readonly code: number;
  /** Names in small letters; of a header that came twice, the last. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * `failed` when it was not sent, or the answer is too large; `interrupted` when it was sent and
 * nobody knows what became of it. Codes: `invalid_url`, `host_not_allowed`, `connect_failed`,
 * `timeout`, `cancelled`, `connection_lost`, `answer_too_large`.
 */
export type HttpOutcome = HttpAnswer | Exclude<ToolResult, { readonly status: 'succeeded' }>;

export interface OutgoingHttpOptions {
  readonly destinations: Destinations;
  /** The system's resolver when absent. */
  readonly resolve?: (host: string) => Promise<readonly LookupAddress[]>;
}

class NotAllowed extends Error {}

interface Attempt {
  /** From then on the peer may have acted on the request. */
  connected: boolean;
}

/**
 * Every request that the gateway's own tools make. It goes to listed destinations only: the host in
 * the URL is checked, where an address may stand that nobody looks up; and of the addresses that a
 * name leads to only those are connected to that pass. A connection for each request, no redirects,
 * no cookies, no proxy from the environment.
 */
export class OutgoingHttp {
  constructor(private readonly options: OutgoingHttpOptions) {}

  async send(request: HttpRequest): Promise<HttpOutcome> {
    const url = this.checked(request.url);
    if (!(url instanceof URL)) return url;
    const { signal, timeoutMs } = request;
    const timeout = AbortSignal.timeout(timeoutMs);
    const attempt: Attempt = { connected: false };
    const client = this.clientFor(url, attempt);
    try {
      const answer = await client.request({
        origin: url.origin,
        path: url.pathname + url.search,
        method: request.method,
        headers: { 'user-agent': 'signalbox', ...request.headers },
        body: request.body ?? null,
        signal: AbortSignal.any([signal, timeout]),
      });
      return await read(answer, request.bytesMax);
    } catch (error) {
      const how = attempt.connected ? ('interrupted' as const) : ('failed' as const);
      if (signal.aborted) return { status: how, code: 'cancelled', message: STOPPED };
      if (timeout.aborted) {
        const message = `${url.host} did not answer within ${timeoutMs} ms.`;
        return { status: how, code: 'timeout', message };
      }
      return failureOf(error as Error, how, url);
    } finally {
      await client.destroy();
    }
  }

  /** The URL as it will be used, or why it is not. */
  private checked(given: string | URL): URL | HttpOutcome {
    const url = URL.parse(String(given));
    if (!url) return failed('invalid_url', 'That is not a URL.');
    if (ports[url.protocol] === undefined) {
      return failed('invalid_url', `${url.protocol} is not used here, only http: and https: are.`);
    }
    if (url.username !== '' || url.password !== '') {
      return failed('invalid_url', 'A URL may not carry a user or a password.');
    }
    const host = url.hostname.replace(/^\[|\]$/g, '');
    if (this.options.destinations.allowsHost(host, portOf(url))) return url;
    const where = `${url.hostname}:${portOf(url)}`;
    return failed('host_not_allowed', `${where} is not listed under http.allow.`);
  }

  private clientFor(url: URL, attempt: Attempt): Client {
    const port = portOf(url);
    const connect = buildConnector({
      allowH2: false,
      maxCachedSessions: 0,
      timeout: CONNECT_TIMEOUT_MS,
      lookup: this.guardedLookup(port),
      port,
    });
    return new Client(url.origin, {
      allowH2: false,
      pipelining: 0,
      maxHeaderSize: HEADER_BYTES_MAX,
      connect: (options, callback) => {
        connect(options, (...[error, socket]) => {
          if (error) return callback(error, null);
          attempt.connected = true;
          callback(null, socket as NonNullable<typeof socket>);
        });
      },
    });
  }

  /** Answers with the addresses that may be connected to, of those that the name leads to. */
  private guardedLookup(port: number): LookupFunction {
    const resolve =
      this.options.resolve ?? ((host: string) => lookUp(host, { all: true, verbatim: true }));
    return (host, { all }, callback) => {
      callbackify(resolve)(host, (error, found) => {
        if (error) return callback(error, []);
        const allowed = found.filter(({ address }) =>
          this.options.destinations.allowsAddress(address, port),
        );
        const [first] = allowed;
        if (!first) return callback(new NotAllowed(host), []);
        if (all) return callback(null, allowed);
        callback(null, first.address, first.family);
      });
    };
  }
}

const STOPPED = 'The request was stopped by the kill switch.';

const portOf = (url: URL) => (url.port === '' ? (ports[url.protocol] ?? 0) : Number(url.port));

const failed = (code: string, message: string) => ({ status: 'failed', code, message }) as const;

function failureOf(error: Error, how: 'failed' | 'interrupted', url: URL): HttpOutcome {
  if (error instanceof NotAllowed) {
    const message = `${url.hostname} leads to an address that is neither public nor listed under http.allow.`;
    return failed('host_not_allowed', message);
  }
  const code = how === 'failed' ? 'connect_failed' : 'connection_lost';
  const { code: reason = error.message } = error as NodeJS.ErrnoException;
  return { status: how, code, message: `${url.host}: ${reason}` };
}

async function read(answer: Dispatcher.ResponseData, bytesMax: number): Promise<HttpOutcome> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer.body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bytesMax) {
      const message = `It answered ${answer.statusCode} with more than ${bytesMax} bytes.`;
      return failed('answer_too_large', message);
    }
    chunks.push(chunk);
  }
  return {
    status: 'answered',
    code: answer.statusCode,
    headers: Object.fromEntries(
      Object.entries(answer.headers).map(([name, value]) => [
        name,
        String(Array.isArray(value) ? value.at(-1) : value),
      ]),
    ),
    body: Buffer.concat(chunks).toString('utf8'),
  };
}
