import { AppError } from '@signalbox/kernel';
import { costOf, type ModelName, type TokenUsage, UnusableAnswer } from '@signalbox/models';

/** Prices are counted in millionths of a US dollar. */
export const MICRO_USD = 1_000_000;

/** An answer of no use, with what it used: it is paid for all the same. */
export class UselessAnswer extends AppError {
  /** Absent where the provider told nothing. */
  readonly tokensUsed: number | undefined;
  /** By list price, in US dollars; absent where no price is known. */
  readonly usdUsed: number | undefined;

  constructor(
    about: { readonly code: string; readonly message: string; readonly cause?: unknown },
    usage: TokenUsage,
    by: ModelName | undefined,
  ) {
    super({ code: about.code, kind: 'invalid', message: about.message, cause: about.cause });
    const tokens = usage.promptTokens + usage.completionTokens;
    if (tokens === 0) return;
    this.tokensUsed = tokens;
    const cost = by && costOf(usage, by);
    this.usdUsed = cost === undefined ? undefined : cost / MICRO_USD;
  }
}

/** A failed call as the journal counts it. */
export function counted(error: unknown): unknown {
  // Of an answer that was given up before its end the provider has not told everything.
  const isWhole = error instanceof UnusableAnswer && error.code !== 'answer_too_large';
  if (!isWhole) return error;
  const { code, message, usage, by } = error;
  return new UselessAnswer({ code, message, cause: error }, usage, by);
}
