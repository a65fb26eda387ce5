import type { modelAnswered, modelFailed } from '@signalbox/contracts';
import type { DataOf } from '@signalbox/kernel';
import type { Reserved } from '../execution.state.ts';
import { NOTHING } from './amount.ts';

/** Codes of failures where no model had begun to answer: nobody asks money for those. */
const FREE: ReadonlySet<string> = new Set([
  'model_unavailable',
  'model_limited',
  'model_key_refused',
  'model_refused',
  'model_not_configured',
]);

type Failed = Pick<DataOf<typeof modelFailed>, 'code' | 'tokensUsed' | 'usdUsed'>;

/**
 * What a failed call used. Where that is not known and it may have to be paid for, what was set
 * aside for it counts as used.
 */
export function usedByFailed(
  { code, tokensUsed: tokens, usdUsed }: Failed,
  reserved: Reserved = NOTHING,
): Reserved {
  if (tokens !== undefined) return { tokens, usd: usdUsed ?? reserved.usd };
  return code !== undefined && FREE.has(code) ? NOTHING : reserved;
}

type Told = Pick<
  DataOf<typeof modelAnswered>,
  'promptTokens' | 'completionTokens' | 'usd' | 'offline'
>;

/**
 * What a call used.
 * @param reserved what was set aside for it: counts where its provider told nothing.
 */
export function usedBy(told: Told, reserved: Reserved = NOTHING): Reserved {
  const tokens = told.promptTokens + told.completionTokens;
  if (tokens === 0 && !told.offline) return reserved;
  return { tokens, usd: told.usd ?? reserved.usd };
}
