import { AppError } from '@signalbox/kernel';
import type { ModelName, TokenUsage } from './model.port.ts';

interface About {
  readonly code: string;
  readonly message: string;
  readonly usage?: TokenUsage;
  readonly by?: ModelName;
}

/** A model answered, and was paid for it, but not with what can be used. */
export class UnusableAnswer extends AppError {
  readonly usage: TokenUsage;
  /** Who is paid for it, where that is known. */
  readonly by: ModelName | undefined;

  constructor(
    readonly promptTokens: number,
    readonly completionTokens: number,
    about: About,
  ) {
    super({ code: about.code, message: about.message, kind: 'invalid' });
    this.usage = about.usage ?? { promptTokens, completionTokens };
    this.by = about.by;
  }
}
