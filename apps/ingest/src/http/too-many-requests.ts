import { AppError } from '@signalbox/kernel';

export interface TooManyRequestsOptions {
  /** Machine-readable, snake_case. */
  readonly code: string;
  readonly message: string;
  /** Whole seconds after which a try is worth it. */
  readonly retryAfterSeconds: number;
}

/** Answered 429 with the header `Retry-After` and, as the contract has it, in the body too. */
export class TooManyRequests extends AppError {
  readonly retryAfterSeconds: number;

  constructor({ code, message, retryAfterSeconds }: TooManyRequestsOptions) {
    super({ code, kind: 'limited', message });
    this.retryAfterSeconds = retryAfterSeconds;
  }
}
