import { costOf, type ModelName, type TokenUsage } from '@signalbox/models';

const MICRO_USD = 1_000_000;

/** What the questions about one signal used, all answers together, also those of no use. */
export interface RoutingCost {
  readonly promptTokens: number;
  /** Absent when no provider told it. */
  readonly cacheReadTokens?: number;
  readonly completionTokens: number;
  /** By list price, in US dollars; absent where a price is not known. */
  readonly usd?: number;
}

export const NO_COST: RoutingCost = { promptTokens: 0, completionTokens: 0, usd: 0 };

/** @param by who answered, and who was asked: providers call some models by longer names. */
export function withAnswer(
  cost: RoutingCost,
  usage: TokenUsage,
  by: readonly ModelName[],
): RoutingCost {
  const price = by.map((name) => costOf(usage, name)).find((known) => known !== undefined);
  const { cacheReadTokens: read } = usage;
  return {
    promptTokens: cost.promptTokens + usage.promptTokens,
    completionTokens: cost.completionTokens + usage.completionTokens,
    ...(read === undefined && cost.cacheReadTokens === undefined
      ? {}
      : { cacheReadTokens: (cost.cacheReadTokens ?? 0) + (read ?? 0) }),
    ...(cost.usd === undefined || price === undefined
      ? {}
      : { usd: Math.round(cost.usd * MICRO_USD + price) / MICRO_USD }),
  };
}
