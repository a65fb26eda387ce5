import { AppError, parse } from '@signalbox/kernel';
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

/** By provider and model. Where the prices are from, and of which day, is for people. */
const table = z.record(
  z.string(),
  z.strictObject({
    source: z.url().optional(),
    date: z.iso.date().optional(),
    models: z.record(z.string(), z.array(rates).min(1)),
  }),
);

const prices = new Map<string, readonly z.output<typeof rates>[]>();
add(readFileSync(new URL('../prices.json', import.meta.url), 'utf8'), 'prices.json');

/**
 * Adds the prices of a file in the form of `prices.json`. A model that it names has these prices
 * from now on, in this process.
 * @throws AppError `invalid`, naming the variable, or the file and the field.
 */
export function addPrices(file: string): void {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw invalid(`SIGNALBOX_MODEL_PRICES: ${(cause as Error).message}`, cause);
  }
  add(text, file);
}

function add(text: string, what: string): void {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw invalid(`${what}: ${(cause as Error).message}`, cause);
  }
  for (const [provider, { models }] of Object.entries(parse(table, document, what))) {
    for (const [model, known] of Object.entries(models)) prices.set(`${provider}/${model}`, known);
  }
}

function invalid(message: string, cause: unknown): AppError {
  return new AppError({ code: 'invalid_prices', kind: 'invalid', message, cause });
}

/** The day of a snapshot, as providers add it to a model's name: `-2024-08-06`, `-20250929`. */
const SNAPSHOT = /-(\d{4}-\d{2}-\d{2}|\d{8})$/;

/**
 * What a call costs at most, in millionths of a US dollar, whichever of `models` answers, and
 * whether it reads its prompt anew or writes it to a cache.
 *
 * @returns `undefined` when the price of one of them is not known.
 */
export function costLimitOf(
  { promptTokens, completionTokens }: Pick<TokenUsage, 'promptTokens' | 'completionTokens'>,
  models: readonly ModelName[],
): number | undefined {
  const usage = { promptTokens, completionTokens };
  const costs = models.flatMap((name) => [
    costOf(usage, name),
    costOf({ ...usage, cacheWriteTokens: promptTokens }, name),
  ]);
  return costs.every((cost) => cost !== undefined) ? Math.max(0, ...costs) : undefined;
}

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
