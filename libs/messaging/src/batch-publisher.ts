import { nuid, type Msg, type NatsConnection } from '@nats-io/nats-core';
import { MsgHdrsImpl } from '@nats-io/nats-core/internal';
import { ask } from './ask.ts';

/** How long the server may take to say that a publish is on disk. */
const ACK_WAIT_MS = 5_000;

/** The server's own limit on the messages of one atomic batch. */
export const BATCH_MESSAGES_MAX = 1_000;

/** A message for a stream. */
export interface OutgoingMessage {
  readonly subject: string;
  /** Lines `name: value` that each end in CRLF; printable ASCII. */
  readonly headers: string;
  readonly payload: Uint8Array;
  /**
   * Store only if the subject's last message has this sequence, 0 for none. In a batch it may
   * stand on the first message of a subject only; the server refuses the batch otherwise.
   */
  readonly expectedLastSequence?: number;
}

export type PublishOutcome =
  /** On disk; `sequence` is that of the last message, and those of a batch are contiguous. */
  | {
      readonly status: 'stored';
      readonly sequence: number;
      /** A message of this id was stored before, there; what it says is not looked at. */
      readonly duplicate?: boolean;
    }
  /** Not stored, and never will be. */
  | { readonly status: 'refused'; readonly errorCode: number; readonly reason: string }
  /** No answer: it may be stored, not be stored, or be stored yet. */
  | { readonly status: 'unknown'; readonly cause: unknown };

/** Error codes of the server that are told apart, from its `server/errors.json`. */
export const serverErrors = {
  /** The guard did not hold. */
  wrongLastSequence: 10_071,
  /** The guard lost against a message that was still in flight; or the batch was built wrong. */
  wrongLastSequenceInFlight: 10_164,
  /** The server forgot the start of the batch, or had too many open ones to begin it. */
  batchIncomplete: 10_176,
  batchesTooMany: 10_210,
  messageTooLarge: 10_054,
} as const;

/** One message, guarded or not. Never throws: a failure is an outcome. */
export function publishOne(
  connection: NatsConnection,
  message: OutgoingMessage,
): Promise<PublishOutcome> {
  return publishForAck(connection, message, '');
}

/**
 * All of the messages or none (NATS ADR-50). Written out here because the client library hides
 * the server's error code, and waits a round trip for the opening that the commit answers too.
 */
export function publishBatch(
  connection: NatsConnection,
  messages: readonly OutgoingMessage[],
): Promise<PublishOutcome> {
  const batchId = nuid.next();
  const place = (index: number): string =>
    `Nats-Batch-Id: ${batchId}\r\nNats-Batch-Sequence: ${index + 1}\r\n`;
  const last = messages.length - 1;
  const commit = messages[last];
  if (!commit) throw new RangeError('a batch needs a message');
  try {
    for (const [index, message] of messages.entries()) {
      if (index === last) break;
      const headers = new HeaderBlock(message, place(index));
      connection.publish(message.subject, message.payload, { headers });
    }
  } catch (cause) {
    // What is never committed is never stored.
    return Promise.resolve({ status: 'refused', errorCode: 0, reason: String(cause) });
  }
  return publishForAck(connection, commit, `${place(last)}Nats-Batch-Commit: 1\r\n`);
}

async function publishForAck(
  connection: NatsConnection,
  message: OutgoingMessage,
  added: string,
): Promise<PublishOutcome> {
  try {
    const options = { headers: new HeaderBlock(message, added), timeoutMs: ACK_WAIT_MS };
    return outcomeOf(await ask(connection, message.subject, message.payload, options));
  } catch (cause) {
    return { status: 'unknown', cause };
  }
}

/** Headers as the bytes they travel as: the library's own map of lists costs half of an append. */
class HeaderBlock extends MsgHdrsImpl {
  readonly #message: OutgoingMessage;
  readonly #added: string;

  constructor(message: OutgoingMessage, added: string) {
    super();
    this.#message = message;
    this.#added = added;
  }

  override encode(): Uint8Array {
    const { headers, expectedLastSequence } = this.#message;
    const guard =
      expectedLastSequence === undefined
        ? ''
        : `Nats-Expected-Last-Subject-Sequence: ${expectedLastSequence}\r\n`;
    return Buffer.from(`NATS/1.0\r\n${headers}${guard}${this.#added}\r\n`, 'latin1');
  }
}

interface Ack {
  readonly seq?: number;
  readonly duplicate?: boolean;
  readonly error?: { readonly err_code: number; readonly description: string };
}

function outcomeOf(message: Msg): PublishOutcome {
  const { seq, duplicate = false, error } = message.json<Ack>();
  if (error) {
    return { status: 'refused', errorCode: error.err_code, reason: error.description };
  }
  if (seq === undefined) return { status: 'unknown', cause: new Error('an ack of no sequence') };
  return { status: 'stored', sequence: seq, duplicate };
}
