import {
  type JSONRPCMessage,
  StreamableHTTPClientTransport,
  type Transport,
  type TransportSendOptions,
} from '@modelcontextprotocol/client';
import { AnswerTooLarge } from '../http/answer-extent.ts';
import type { Fetch } from '../http/guarded-fetch.ts';
import { AnswerLost, InboundMessages, NO_ANSWER } from './inbound-messages.ts';

export interface HttpTransportOptions {
  readonly url: URL;
  readonly fetch: Fetch;
  /** Called when the gateway has to end the session. */
  readonly onBroken: (because: string) => void;
}

/**
 * The SDK's streamable HTTP, where what comes is bounded, and where the end of a stream that has not
 * brought the answer ends the call.
 */
export class HttpTransport implements Transport {
  onclose: Transport['onclose'];
  onerror: Transport['onerror'];
  onmessage: Transport['onmessage'];
  readonly hasPerRequestStream = true;
  private readonly inner: StreamableHTTPClientTransport;
  private readonly inbound: InboundMessages;
  /** What last went wrong beside any call: the end of the call's stream follows. */
  private trouble: Error | undefined;

  constructor({ url, fetch, onBroken }: HttpTransportOptions) {
    // Otherwise it would follow redirects within the origin.
    const requestInit: RequestInit = { redirect: 'manual' };
    this.inner = new StreamableHTTPClientTransport(url, { fetch, requestInit });
    this.inbound = new InboundMessages({
      deliver: (message) => this.onmessage?.(message),
      end: onBroken,
    });
  }

  get sessionId(): string | undefined {
    return this.inner.sessionId;
  }

  start(): Promise<void> {
    this.inner.onmessage = (message) => this.inbound.received(message);
    this.inner.onclose = () => this.onclose?.();
    this.inner.onerror = (error) => {
      this.trouble = error;
      this.onerror?.(error);
    };
    return this.inner.start();
  }

  async send(message: JSONRPCMessage, options?: TransportSendOptions): Promise<void> {
    this.inbound.sent(message);
    const inner: Transport = this.inner;
    if (!('id' in message && 'method' in message)) return inner.send(message, options);
    const { id } = message;
    options?.requestSignal?.addEventListener('abort', () => this.inbound.forget(id));
    const onRequestStreamEnd =
      options?.onRequestStreamEnd ?? (() => this.inbound.unanswered(id, this.whyLost()));
    try {
      await inner.send(message, { ...options, onRequestStreamEnd });
    } catch (error) {
      this.inbound.forget(id);
      throw error;
    }
  }

  close(): Promise<void> {
    return this.inner.close();
  }

  setProtocolVersion(version: string): void {
    this.inner.setProtocolVersion(version);
  }

  terminateSession(): Promise<void> {
    return this.inner.terminateSession();
  }

  /** Why a stream brought no answer. */
  private whyLost(): Error {
    const { trouble } = this;
    this.trouble = undefined;
    if (!trouble) return new AnswerLost('its answer ended before it was whole');
    return lostBy(`${trouble.name}: ${trouble.message}`);
  }
}

/** The SDK tells in words only. */
function lostBy(words: string): Error {
  if (words.includes(AnswerTooLarge.name)) return new AnswerTooLarge();
  if (/ZodError|SyntaxError/.test(words)) return new Error(NO_ANSWER);
  return new AnswerLost(words);
}
