import type { NatsConnection } from '@nats-io/nats-core';
import type { ModelName } from '@signalbox/models';
import { subjectsOf } from '@signalbox/messaging';
import {
  type OpenCall,
  type RunText,
  RunWatch,
  type WatchedCall,
} from '../ports/run-watch.port.ts';

/** Words come one by one; nobody reads faster than this. */
const TOLD_EVERY_MS = 50;
/** Of one message; more than this is told at once. */
const TEXT_CHARS_MAX = 8_192;

/** On core NATS, at most once, to whoever listens at the moment. */
export class NatsRunWatch extends RunWatch {
  readonly #connection: NatsConnection;
  readonly #subjects: ReturnType<typeof subjectsOf>;
  #connected = true;

  constructor(connection: NatsConnection, env: string) {
    super();
    this.#connection = connection;
    this.#subjects = subjectsOf(env);
    void this.#noteConnection();
  }

  open(call: WatchedCall): OpenCall {
    return new CoalescedCall(call, (text) => this.#publish(text));
  }

  #publish(text: RunText): void {
    // The client keeps what it cannot send, without a limit, and this is worth nothing later.
    if (!this.#connected) return;
    const subject = this.#subjects.watch({ aggregate: 'execution', id: text.executionId });
    try {
      this.#connection.publish(subject, JSON.stringify(text));
    } catch {
      // The connection is being closed: the run goes on elsewhere, and so does its text.
    }
  }

  async #noteConnection(): Promise<void> {
    for await (const { type } of this.#connection.status()) {
      if (type === 'disconnect') this.#connected = false;
      if (type === 'reconnect') this.#connected = true;
    }
  }
}

class CoalescedCall implements OpenCall {
  #text = '';
  #by: ModelName | undefined;
  #due: NodeJS.Timeout | undefined;

  constructor(
    private readonly call: WatchedCall,
    private readonly tell: (text: RunText) => void,
  ) {}

  readonly onText = (delta: string, by: ModelName): void => {
    if (this.#by?.provider !== by.provider || this.#by.model !== by.model) this.end();
    this.#by = by;
    this.#text += delta;
    if (this.#text.length >= TEXT_CHARS_MAX) this.end();
    else this.#due ??= setTimeout(() => this.end(), TOLD_EVERY_MS).unref();
  };

  end(): void {
    clearTimeout(this.#due);
    this.#due = undefined;
    const text = this.#text;
    this.#text = '';
    for (let at = 0; at < text.length && this.#by; at += TEXT_CHARS_MAX) {
      const { provider, model } = this.#by;
      this.tell({ ...this.call, provider, model, text: text.slice(at, at + TEXT_CHARS_MAX) });
    }
  }
}
