import type { NatsConnection } from '@nats-io/nats-core';
import { asAppError, type Clock, type JsonObject } from '@signalbox/kernel';
import { countBehind, streams, subjectsOf } from '@signalbox/messaging';

/** An event that the read models lack for longer is no longer on its way. */
const BEHIND_AFTER_MS = 30_000;

export interface ReadModelProgressOptions {
  readonly connection: NatsConnection;
  readonly env: string;
  readonly clock: Clock;
}

/** How far the read models are behind the audit stream. */
export class ReadModelProgress {
  readonly #options: ReadModelProgressOptions;

  constructor(options: ReadModelProgressOptions) {
    this.#options = options;
  }

  /**
   * As the API shows it. `lag` counts the events that are missing; the status is `behind` once the
   * oldest of them has been in the stream for 30 s, `unknown` while NATS does not tell.
   */
  async at(position: number): Promise<JsonObject> {
    const { connection, env, clock } = this.#options;
    try {
      const { audit } = subjectsOf(env);
      const { count, since } = await countBehind(connection, streams.audit, audit, position);
      const missingMs = since === undefined ? 0 : clock.now().getTime() - since.getTime();
      return { status: missingMs > BEHIND_AFTER_MS ? 'behind' : 'ok', position, lag: count };
    } catch (error) {
      const { kind, message } = asAppError(error);
      if (kind !== 'unavailable') throw error;
      return { status: 'unknown', position, lag: null, reason: message };
    }
  }
}
