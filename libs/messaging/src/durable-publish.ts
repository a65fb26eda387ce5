import { setTimeout as delay } from 'node:timers/promises';
import { JetStreamApiError, jetstream, type PubAck } from '@nats-io/jetstream';
import { InvalidArgumentError, type MsgHdrs, type NatsConnection } from '@nats-io/nats-core';
import { AppError } from '@signalbox/kernel';

/** How long one attempt waits for the server's word that the message is on disk. */
const ATTEMPT_MS = 2_000;
/** A new leader takes up to 8 s (measured). After this long the caller is told it cannot be known. */
const LIMIT_MS = 15_000;
const BACKOFF_MS = [50, 200, 500, 1_000] as const;

export interface OutgoingMessage {
  readonly subject: string;
  readonly headers: MsgHdrs;
  readonly bytes: Uint8Array;
  /** Within the stream's window, messages of one id are stored once. */
  readonly messageId?: string;
}

/**
 * Resolves once the message is on disk. Publishes again when no answer comes: give a `messageId`,
 * or a message that may be there twice.
 * @throws AppError `unavailable` when that cannot be known, `too_large` when it is more than the
 * stream takes, `bug` when the server refuses it for another reason that stays.
 */
export async function publishDurably(
  connection: NatsConnection,
  { subject, headers, bytes, messageId }: OutgoingMessage,
): Promise<PubAck> {
  const client = jetstream(connection);
  const options = { headers, timeout: ATTEMPT_MS, ...(messageId ? { msgID: messageId } : {}) };
  const giveUpAt = performance.now() + LIMIT_MS;
  for (let attempt = 0; ; attempt++) {
    try {
      return await client.publish(subject, bytes, options);
    } catch (error) {
      throwIfRefused(error, subject);
      const pause = BACKOFF_MS[Math.min(attempt, BACKOFF_MS.length - 1)] ?? 0;
      if (connection.isClosed() || performance.now() + pause > giveUpAt) {
        throw unconfirmed(error, subject);
      }
      await delay(pause);
    }
  }
}

/** JetStream's "message size exceeds maximum allowed". */
const MESSAGE_TOO_LARGE = 10054;
const BAD_REQUEST = 400;

function throwIfRefused(cause: unknown, subject: string): void {
  const ofServer = cause instanceof JetStreamApiError ? cause : undefined;
  const overMaxPayload =
    cause instanceof InvalidArgumentError && cause.message.includes('max_payload');
  if (overMaxPayload || ofServer?.code === MESSAGE_TOO_LARGE) {
    const message = `the message for ${subject} is larger than its stream takes`;
    throw new AppError({ code: 'message_too_large', kind: 'too_large', message, cause });
  }
  if (ofServer?.status === BAD_REQUEST) {
    const message = `the server refuses the message for ${subject}: ${ofServer.message}`;
    throw new AppError({ code: 'publish_refused', kind: 'bug', message, cause });
  }
}

function unconfirmed(error: unknown, subject: string): AppError {
  const reason = error instanceof Error ? error.message : String(error);
  return new AppError({
    code: 'publish_unconfirmed',
    kind: 'unavailable',
    message: `no durable acknowledgement for ${subject}: ${reason}`,
    cause: error,
  });
}
