import type { Signal } from '@signalbox/contracts';
import type { Json } from '@signalbox/kernel';

/** One request with signals in it, as it arrived. */
export interface Delivery {
  readonly id: string;
  readonly receivedAt: Date;
  readonly bytes: Buffer;
  readonly contentType: string;
  /** Request headers under lower-case names; formats may read them. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Json;
  /** The source that the path named. */
  readonly source: string | undefined;
  /** The name of the format that is configured for the source. */
  readonly format?: string | undefined;
  /** Whether a key of the source signed it; `unsigned` where nothing is said. */
  readonly signature?: Signal['signature'];
  /** The sender's own name for the request; a repeat with the same is the same delivery. */
  readonly idempotencyKey: string | undefined;
}
