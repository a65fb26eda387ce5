import { Client, type Dispatcher } from 'undici';
import { failed, interrupted, stoppedBy, type ToolFailure } from '../ports/tool.port.ts';
import {
  AddressNotAllowed,
  DestinationGuard,
  type DestinationGuardOptions,
  HEADER_BYTES_MAX,
  portOf,
} from './destination-guard.ts';

/** Nothing is unpacked here, and who is not told may pack: https://www.rfc-editor.org/rfc/rfc9110#section-12.5.3 */
const HEADERS = { 'user-agent': 'signalbox', 'accept-encoding': 'identity' };

export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: string | URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** For all of it, from the look-up of the name to the last byte. */
  readonly timeoutMs: number;
  /** Of the answer's body. */
  readonly bytesMax: number;
  /**
   * Of a body that is larger, breaks off or takes too long the beginning is taken. For what has an
   * effect: it had it, whatever is said.
   */
  readonly cut?: boolean;
  readonly signal: AbortSignal;
}

export interface HttpAnswer {
  readonly status: 'answered';
  readonly code: number;
  /** Names in small letters; of a header that came twice, the last. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** `body` is only the beginning. */
  readonly isCut: boolean;
}

/**
 * `failed` when it was not sent, or the answer is too large; `interrupted` when it was sent and
 * nobody knows what became of it. Codes: `invalid_url`, `host_not_allowed`, `connect_failed`,
 * `timeout`, `cancelled`, `connection_lost`, `answer_too_large`.
 */
export type HttpOutcome = HttpAnswer | ToolFailure;

interface Attempt {
  /** From then on the peer may have acted on the request. */
  connected: boolean;
}

/**
 * Every request that the gateway's own tools make, past the guard. A connection for each, no
 * redirects, no cookies, no proxy from the environment.
 */
export class OutgoingHttp {
  readonly guard: DestinationGuard;

  constructor(options: DestinationGuardOptions) {
    this.guard = new DestinationGuard(options);
  }

  async send(request: HttpRequest): Promise<HttpOutcome> {
    const url = this.guard.checked(request.url);
    if (!(url instanceof URL)) return failed(url.code, url.message);
    const { signal, timeoutMs } = request;
    const timeout = AbortSignal.timeout(timeoutMs);
    const attempt: Attempt = { connected: false };
    const client = this.clientFor(url, attempt);
    const until = AbortSignal.any([signal, timeout]);
    // It ends all that is under way at once, but resolves only when no connection is being made.
    const end = () => void client.destroy().catch(() => undefined);
    // A request heeds no signal until there is a connection.
    until.addEventListener('abort', end);
    if (until.aborted) end();
    try {
      const answer = await client.request({
        origin: url.origin,
        path: url.pathname + url.search,
        method: request.method,
        headers: { ...HEADERS, ...request.headers },
        body: request.body ?? null,
      });
      return await read(answer, request);
    } catch (error) {
      const ended = attempt.connected ? interrupted : failed;
      if (signal.aborted) {
        return ended('cancelled', `The request was stopped, ${stoppedBy(signal)}.`);
      }
      if (timeout.aborted) {
        return ended('timeout', `${url.host} did not answer within ${timeoutMs} ms.`);
      }
      return failureOf(error as Error, attempt, url);
    } finally {
      until.removeEventListener('abort', end);
      end();
    }
  }

  private clientFor(url: URL, attempt: Attempt): Client {
    const connect = this.guard.connectorFor(portOf(url));
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
}

function failureOf(error: Error, { connected }: Attempt, url: URL): ToolFailure {
  if (error instanceof AddressNotAllowed) return failed('host_not_allowed', error.message);
  const { code: reason = error.message } = error as NodeJS.ErrnoException;
  const message = `${url.host}: ${reason}`;
  return connected ? interrupted('connection_lost', message) : failed('connect_failed', message);
}

async function read(
  answer: Dispatcher.ResponseData,
  { bytesMax, cut = false }: HttpRequest,
): Promise<HttpOutcome> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  let broken = false;
  try {
    for await (const chunk of answer.body as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > bytesMax && !cut) {
        const message = `It answered ${answer.statusCode} with more than ${bytesMax} bytes.`;
        return failed('answer_too_large', message);
      }
      chunks.push(chunk);
      if (bytes > bytesMax) break;
    }
  } catch (error) {
    if (!cut) throw error;
    broken = true;
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
    body: Buffer.concat(chunks).subarray(0, bytesMax).toString('utf8'),
    isCut: broken || bytes > bytesMax,
  };
}
