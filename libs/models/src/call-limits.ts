import { type CountedPrompt, estimateTokens } from './estimate-tokens.ts';
import { type ModelName, type ModelRequest, OFFLINE_PROVIDER } from './model.port.ts';
import { outputTokensMaxOf } from './output-limit.ts';
import { costLimitOf } from './prices.ts';

const MILLION = 1_000_000;

/** What a call can use at most, known before it is made. */
export interface CallLimits {
  /** Of the whole prompt with its tools. */
  readonly promptTokensMax: number;
  /** Of the answer, where nobody sets a lower limit. */
  readonly outputTokensMax: number;
  /** In US dollars; undefined where a price is not known. */
  usdMax(promptTokens: number, outputTokens: number): number | undefined;
}

/**
 * @param candidates all who may answer: who is asked, and who when that one is away.
 * @param counted the prompt before in the same conversation, as the same model counted it.
 */
export function callLimits(
  request: ModelRequest,
  candidates: readonly ModelName[],
  counted?: CountedPrompt,
): CallLimits {
  if (request.provider === OFFLINE_PROVIDER) {
    return { promptTokensMax: 0, outputTokensMax: 0, usdMax: () => 0 };
  }
  return {
    promptTokensMax: estimateTokens(request, counted),
    outputTokensMax: outputTokensMaxOf(request),
    usdMax: (promptTokens, completionTokens) => {
      const cost = costLimitOf({ promptTokens, completionTokens }, candidates);
      return cost === undefined ? undefined : cost / MILLION;
    },
  };
}
