import type { Signal } from '@signalbox/contracts';
import type { Actor } from '@signalbox/kernel';

export interface PublishOptions {
  /** The sender named the request, so that a repeat must be the same in every byte. */
  readonly sameRequest: boolean;
  /** Who says it; the source itself when absent. */
  readonly actor?: Actor;
}

/** Where accepted signals go. */
export abstract class SignalPublisher {
  /**
   * Resolves once every one of them is on disk. Publishing the same signal of the same delivery
   * again changes nothing, so what failed half-way may be sent again whole.
   * @throws AppError `unavailable` when it cannot be known that all of them are; `invalid` when
   * what is stored under their delivery came from another body; `too_large`, with nothing stored,
   * when one of them is more than the server takes.
   */
  abstract publish(signals: readonly Signal[], options: PublishOptions): Promise<void>;
}
