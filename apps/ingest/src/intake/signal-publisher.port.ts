import type { Signal } from '@signalbox/contracts';

export interface PublishOptions {
  /** The sender named the request, so that a repeat must be the same in every byte. */
  readonly sameRequest: boolean;
}

/** Where accepted signals go. */
export abstract class SignalPublisher {
  /**
   * Resolves once every one of them is on disk. Publishing the same id again changes nothing,
   * so what failed half-way may be sent again whole.
   * @throws AppError `unavailable` when it cannot be known that all of them are, `invalid` with
   * `sameRequest` when what is stored under their ids came from another body.
   */
  abstract publish(signals: readonly Signal[], options: PublishOptions): Promise<void>;
}
