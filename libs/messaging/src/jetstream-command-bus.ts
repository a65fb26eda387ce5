import type { NatsConnection } from '@nats-io/nats-core';
import { AppError, type Clock, type Command, type Json } from '@signalbox/kernel';
import { decodeAnswer } from './answer.ts';
import { awaitAnswer } from './ask.ts';
import { encodeCommand } from './command-codec.ts';
import { CommandBus, type SendOptions } from './command-bus.port.ts';
import { publishDurably } from './durable-publish.ts';
import { GroupCommit } from './group-commit.ts';
import { headerLines, messageHeaders } from './header-block.ts';
import { encodeHeaderValue } from './header-value.ts';
import { headerNames } from './headers.ts';
import { subjectsOf } from './subjects.ts';

/** What is larger travels by itself, so that what the stream does not take spoils no batch. */
const TOGETHER_BYTES_MAX = 64 * 1024;

export interface CommandSenderOptions {
  readonly connection: NatsConnection;
  readonly env: string;
  /** The CloudEvents `source` of what is sent: `service:router`. */
  readonly source: string;
  readonly clock: Clock;
}

interface Encoded {
  readonly subject: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Uint8Array;
  readonly messageId: string;
}

/**
 * Commands on the work queue `COMMANDS`, on disk before `send` resolves. Those sent at the same time
 * share one write to disk.
 */
export class JetStreamCommandBus extends CommandBus {
  readonly #options: CommandSenderOptions;
  readonly #commits: GroupCommit;

  constructor(options: CommandSenderOptions) {
    super();
    this.#options = options;
    this.#commits = new GroupCommit(options.connection);
  }

  async send(command: Command, options: SendOptions): Promise<void> {
    await this.#publish(command, options, { messageId: options.id });
  }

  async request(
    command: Command,
    options: SendOptions & { readonly waitMs: number },
  ): Promise<Json> {
    const { subject, answer, forget } = awaitAnswer(this.#options.connection, options.waitMs);
    try {
      // An id of its own for each request: asked again, the handler answers again.
      await this.#publish(command, options, { messageId: subject, replyTo: subject });
      const answered = await answer;
      if (answered instanceof Error) throw noAnswerYet(command, options);
      return decodeAnswer(answered.string());
    } finally {
      forget();
    }
  }

  async #publish(
    command: Command,
    options: SendOptions,
    { messageId, replyTo }: { readonly messageId: string; readonly replyTo?: string },
  ): Promise<void> {
    const { connection, env, source, clock } = this.#options;
    const encoded = encodeCommand(command, options, { source, now: clock.now() });
    const subject = subjectsOf(env).command(command.service, command.name);
    const headers = { ...encoded.headers, ...(replyTo && { [headerNames.replyTo]: replyTo }) };
    const message = { subject, headers, bytes: encoded.bytes, messageId };
    if (await this.#isStoredWithOthers(message)) return;
    // By itself, as often as it takes: under its id it is stored once, wherever it was before.
    await publishDurably(connection, { ...message, headers: messageHeaders(headers) });
  }

  /** False also when it cannot be known, or the stream does not take the message. */
  async #isStoredWithOthers({ subject, headers, bytes, messageId }: Encoded): Promise<boolean> {
    const lines = headerLines({ 'Nats-Msg-Id': encodeHeaderValue(messageId), ...headers });
    const size = lines.length + bytes.length;
    if (size > TOGETHER_BYTES_MAX) return false;
    const { status } = await this.#commits.commit({
      // The server refuses a batch with an id that is stored; alone the repeat is recognised.
      subject: messageId,
      messages: [{ subject, headers: lines, payload: bytes }],
      bytes: size,
    });
    return status === 'stored';
  }
}

function noAnswerYet(command: Command, options: { readonly waitMs: number }): AppError {
  return new AppError({
    code: 'no_answer_yet',
    kind: 'unavailable',
    message: `${command.service} has not answered ${command.name} within ${options.waitMs} ms; it is still to be carried out`,
  });
}
