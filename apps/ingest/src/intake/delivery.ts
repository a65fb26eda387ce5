import type { Json } from '@signalbox/kernel';

/** One request with signals in it, as it arrived. */
export interface Delivery {
  readonly id: string;
  readonly receivedAt: Date;
  readonly bytes: Buffer;
  readonly contentType: string;
  readonly body: Json;
  /** The source that the path named. */
  readonly source: string | undefined;
  /** The sender's own name for the request; a repeat with the same is the same delivery. */
  readonly idempotencyKey: string | undefined;
}
