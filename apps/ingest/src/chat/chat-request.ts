import type { Signal } from '@signalbox/contracts';
import {
  AppError,
  deriveId,
  digestOf,
  newId,
  parse,
  timelessId,
  type Json,
} from '@signalbox/kernel';
import { z } from 'zod';
import { canonicalSignal } from '../intake/canonical-signal.ts';

/** The source and the type of every signal that is said in a conversation. */
const CHAT = { source: 'chat', type: 'message' } as const;

const MESSAGE_CHARS_MAX = 32_000;
const TITLE_LENGTH_MAX = 1_000;
const CONVERSATION_LENGTH_MAX = 64;
const LABELS_MAX = 20;
const LABEL_LENGTH_MAX = 200;
/**
 * Of what is said, as JSON in UTF-8. Four bytes for each character of the longest message; only
 * control characters need more, and what the router takes is bounded too.
 */
const SAID_BYTES_MAX = 4 * MESSAGE_CHARS_MAX + 8 * 1024;

const label = z.string().min(1).max(LABEL_LENGTH_MAX);
export const chatBody = z.object({
  // The contract counts characters, where a length counts the units of UTF-16.
  message: z
    .string()
    .refine((said) => said.trim() !== '', { message: 'is empty' })
    .refine((said) => [...said].length <= MESSAGE_CHARS_MAX, {
      message: `has more than ${MESSAGE_CHARS_MAX} characters`,
    }),
  conversation_id: z.string().min(1).max(CONVERSATION_LENGTH_MAX).nullish(),
  /** What a workflow fills its steps with, like the labels of an alert. */
  labels: z
    .record(label, label)
    .refine((labels) => Object.keys(labels).length <= LABELS_MAX, {
      message: `has more than ${LABELS_MAX} members`,
    })
    .nullish(),
});

/** One request to the chat, as it arrived. */
export interface ChatDelivery {
  readonly receivedAt: Date;
  readonly bytes: Buffer;
  readonly contentType: string;
  readonly body: Json;
  /** The sender's own name for the request; a repeat with the same is the same message. */
  readonly idempotencyKey: string | undefined;
}

/** A signal that is part of a conversation. */
export type ChatSignal = Signal & { readonly conversationId: string };

/**
 * What a person says, as a signal. Without a conversation it begins one.
 * @throws AppError `invalid` or `too_large`, naming the field.
 */
export function chatSignal(delivery: ChatDelivery): ChatSignal {
  const { receivedAt, bytes, contentType, body, idempotencyKey } = delivery;
  const { message, conversation_id, labels } = parse(chatBody, body, 'chat');
  limitBytes([message, labels ?? {}]);
  // Under a key without a time, for that of a repeat would differ.
  const deliveryId =
    idempotencyKey === undefined ? newId(receivedAt) : timelessId(CHAT.source, idempotencyKey);
  const conversationId = conversation_id ?? deriveId(deliveryId, 'conversation');
  const draft = {
    type: CHAT.type,
    // Without the half of a character at its end.
    title: message.slice(0, TITLE_LENGTH_MAX).replace(/[\uD800-\uDBFF]$/, ''),
    status: 'firing' as const,
    labels: labels ?? {},
    payload: { message, conversation_id: conversationId },
  };
  const sha256 = digestOf(bytes);
  const raw = { sha256, bytes: bytes.length, contentType, deliveryId, index: 0 };
  const origin = { receivedAt, source: CHAT.source, raw };
  return { ...canonicalSignal(draft, origin), conversationId };
}

function limitBytes(said: Json): void {
  const bytes = Buffer.byteLength(JSON.stringify(said));
  if (bytes <= SAID_BYTES_MAX) return;
  const problem = `has ${bytes} bytes as JSON, at most ${SAID_BYTES_MAX} are allowed`;
  throw new AppError({
    code: 'message_too_large',
    kind: 'too_large',
    message: `message ${problem}`,
    fields: [{ field: 'message', problem }],
  });
}
