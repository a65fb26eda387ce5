import type { DeadLetter, DeadLetterSummary } from '@signalbox/messaging';

/** A dead letter as the API lists it. */
export interface DeadLetterAnswer {
  /** What names it. */
  readonly sequence: number;
  readonly dead_at: Date;
  /** Who gave it up, why, and after how many tries. */
  readonly service: string;
  readonly code: string;
  readonly reason: string;
  readonly deliveries: number;
  /** What it was, and where and since when it stood. */
  readonly subject: string;
  readonly stream: string;
  readonly original_sequence: number;
  readonly stored_at: Date;
  readonly bytes: number;
}

export interface DeadLetterDetail extends DeadLetterAnswer {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** `base64` where the bytes are no text. */
  readonly body_encoding: 'utf-8' | 'base64';
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

export function deadLetterAnswer(letter: DeadLetterSummary): DeadLetterAnswer {
  return {
    sequence: letter.sequence,
    dead_at: letter.deadAt,
    service: letter.service,
    code: letter.code,
    reason: letter.message,
    deliveries: letter.deliveries,
    subject: letter.subject,
    stream: letter.stream,
    original_sequence: letter.originalSequence,
    stored_at: letter.time,
    bytes: letter.size,
  };
}

export function deadLetterDetail({ bytes, ...letter }: DeadLetter): DeadLetterDetail {
  const summary = deadLetterAnswer({ ...letter, size: bytes.length });
  return { ...summary, headers: letter.headers, ...bodyOf(bytes) };
}

function bodyOf(bytes: Uint8Array): Pick<DeadLetterDetail, 'body' | 'body_encoding'> {
  try {
    return { body: utf8.decode(bytes), body_encoding: 'utf-8' };
  } catch {
    return { body: Buffer.from(bytes).toString('base64'), body_encoding: 'base64' };
  }
}
