import type { ModelName } from './model.port.ts';

/** More than an answer needs, thoughts included, and no more than any current model may write. */
const OUTPUT_TOKENS_MAX = 32_000;
/** A server that we know nothing of may have a context of no more than twice this. */
const UNKNOWN_OUTPUT_TOKENS_MAX = 8_192;

/** Models that refuse a higher limit: https://github.com/Wei-Shaw/model-price-repo, 2026-07-24. */
const lower: readonly (readonly [RegExp, number])[] = [
  [/^openai\/gpt-4o/, 16_384],
  [/^deepseek\//, 8_192],
  [/^openai-compatible\//, UNKNOWN_OUTPUT_TOKENS_MAX],
];

/** The most tokens that an answer of this model is asked for where the caller sets no limit. */
export function outputTokensMaxOf({ provider, model }: ModelName): number {
  const name = `${provider}/${model}`;
  return lower.find(([pattern]) => pattern.test(name))?.[1] ?? OUTPUT_TOKENS_MAX;
}
