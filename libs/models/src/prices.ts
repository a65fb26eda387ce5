import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { type ModelName, OFFLINE_PROVIDER, type TokenUsage } from './model.port.ts';

const usd = z.number().nonnegative();

/** US dollars per million tokens. */
const rates = z.strictObject({
  /** Only for prompts up to this many tokens; longer ones are the next entry's. */
  promptTokensMax: z.int().positive().optional(),
  input: usd,
  cachedInput: usd,
  /** Where writing to the cache costs other than reading anew. */
  cacheWrite: usd.optional(),
  output: usd,
});

const table = z.record(
  z.string(),
  z.strictObject({
    source: z.url(),
    date: z.iso.date(),
    models: z.record(z.string(), z.array(rates).min(1)),
  }),
);

const file = readFileSync(new URL('../prices.json', import.meta.url), 'utf8');
const prices = new Map<string, readonly z.output<typeof rates>[]>(
  Object.entries(table.parse(JSON.parse(file))).flatMap(([provider, { models }]) =>
    Object.entries(models).map(([model, known]) => [`${provider}/${model}`, known] as const),
  ),
);

/** The day of a snapshot, as providers add it to a model's name: `-2024-08-06`, `-20250929`. */
const SNAPSHOT = /-(\d{4}-\d{2}-\d{2}|\d{8})$/;

/**
 * What a call cost, in millionths of a US dollar, rounded up: list prices, without what a contract
 * takes off. A million tokens at one dollar each million cost 1 000 000 of them.
 *
 * @returns `undefined` for a model that the table does not know, which is not free.
 */
export function costOf(usage: TokenUsage, { provider, model }: ModelName): number | undefined {
  if (provider === OFFLINE_PROVIDER) return 0;
  const name = `${provider}/${model}`;
  const known = prices.get(name) ?? prices.get(name.replace(SNAPSHOT, ''));
  const rate = known?.find(
    ({ promptTokensMax = Infinity }) => usage.promptTokens <= promptTokensMax,
  );
  if (rate === undefined) return undefined;
  const { promptTokens, cacheReadTokens = 0, cacheWriteTokens = 0, completionTokens } = usage;
  const anew = Math.max(promptTokens - cacheReadTokens - cacheWriteTokens, 0);
  const cost =
    anew * rate.input +
    cacheReadTokens * rate.cachedInput +
    cacheWriteTokens * (rate.cacheWrite ?? rate.input) +
    completionTokens * rate.output;
  // Not for what is only the binary form of a decimal fraction.
  return Math.ceil(Number(cost.toFixed(6)));
}
