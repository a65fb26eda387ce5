import type { TokenUsage } from './model.port.ts';

/** What a provider told, which may be anything: counts, and nothing where it told nothing. */
export function tokens(told: { readonly [key in keyof TokenUsage]: unknown }): TokenUsage {
  const counts = Object.entries(told).filter(
    ([, count]) => Number.isSafeInteger(count) && Number(count) >= 0,
  );
  return { promptTokens: 0, completionTokens: 0, ...Object.fromEntries(counts) };
}
