import { executionFailed, modelFailed } from '@signalbox/contracts';
import { asAppError } from '@signalbox/kernel';
import type { JournalEvent, Run } from './execution.state.ts';
import { retryAt } from './times.ts';

/** How often a model is asked for one step when its answers are of no use. */
const MODEL_ATTEMPTS_MAX = 3;
/** And when it cannot be reached: for some twenty minutes, or as long as its provider says. */
const MODEL_OUTAGES_MAX = 30;
/** Of what a provider said of its failure, in characters. */
const REASON_LENGTH_MAX = 2_000;

/** What a model that gave no usable answer does to a run: asked again, at once or later, or not. */
export function failureOfModel(
  run: Run,
  { step, error, now }: { step: number; error: unknown; now: Date },
): readonly JournalEvent[] {
  const { message, kind, code } = asAppError(error);
  const reason = message.slice(0, REASON_LENGTH_MAX);
  const attempt = run.modelCall.failures + 1;
  const failure = { step, attempt, reason, code, ...usedFor(error) };
  const mayPass = kind === 'unavailable' || kind === 'limited';
  if (attempt >= (mayPass ? MODEL_OUTAGES_MAX : MODEL_ATTEMPTS_MAX)) {
    const detail = `The model gave no usable answer in ${attempt} attempts: ${reason}`;
    return [modelFailed.of(failure), executionFailed.of({ reason: 'model_failed', detail })];
  }
  if (!mayPass) return [modelFailed.of(failure)];
  const again = retryAt(now, attempt, retryAfterOf(error)).toISOString();
  return [modelFailed.of({ ...failure, retryAt: again })];
}

/** As the provider said, in milliseconds. */
function retryAfterOf(error: unknown): number | undefined {
  const { retryAfterMs } = error as { readonly retryAfterMs?: unknown };
  return typeof retryAfterMs === 'number' ? retryAfterMs : undefined;
}

/** Of an answer of no use: all tokens, and their list price in US dollars. */
function usedFor(error: unknown): { tokensUsed?: number; usdUsed?: number } {
  const { tokensUsed, usdUsed } = error as Readonly<Record<string, unknown>>;
  return {
    ...(typeof tokensUsed === 'number' && { tokensUsed }),
    ...(typeof usdUsed === 'number' && { usdUsed }),
  };
}
