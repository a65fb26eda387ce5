import type { Reserved } from '../execution.state.ts';
import type { Admission, BudgetRefusal, ModelCall } from '../run-ports.ts';
import { type Limit, OUTPUT_TOKENS_MIN } from './budgets.schema.ts';

/** A budget, and what of it is used or set aside. */
export interface Standing extends Limit {
  readonly used: Reserved;
}

/** What a call can use at most, by the limit of its answer. */
export type CallEstimate = Pick<
  ModelCall,
  'candidates' | 'promptTokensMax' | 'outputTokensMax' | 'usdMax'
>;

interface Wanted {
  readonly tokens: number;
  readonly usd: number | undefined;
}

/**
 * The longest answer with which the call stays within every budget, and what is set aside for it;
 * or the first budget in which not even a short answer has room. Without a budget the answer has
 * no limit, and nothing is set aside.
 */
export function fitCall(
  call: CallEstimate,
  standings: readonly Standing[],
): Admission | BudgetRefusal {
  const limiting = standings.filter(({ budget: { tokens, usd } }) => (tokens ?? usd) !== undefined);
  if (limiting.length === 0) return { admitted: true };
  const { outputTokensMax } = call;
  const least = Math.min(OUTPUT_TOKENS_MIN, outputTokensMax);
  const refusal = refusalIn(limiting, useOf(call, least));
  if (refusal) return withPrices(refusal, call);
  let fits = least;
  let tooMany = outputTokensMax + 1;
  while (tooMany - fits > 1) {
    const middle = Math.floor((fits + tooMany) / 2);
    if (refusalIn(limiting, useOf(call, middle))) tooMany = middle;
    else fits = middle;
  }
  const { tokens, usd } = useOf(call, fits);
  return {
    admitted: true,
    tokensReserved: tokens,
    ...(usd === undefined ? {} : { usdReserved: usd }),
    ...(outputTokensMax === 0 ? {} : { outputTokensMax: fits }),
  };
}

function useOf({ promptTokensMax, usdMax }: CallEstimate, outputTokens: number): Wanted {
  return { tokens: promptTokensMax + outputTokens, usd: usdMax(promptTokensMax, outputTokens) };
}

/** The first budget that `wanted` could pass. What costs nothing passes none. */
export function refusalIn(
  standings: readonly Standing[],
  wanted: Wanted,
): BudgetRefusal | undefined {
  for (const standing of standings) {
    for (const unit of ['tokens', 'usd'] as const) {
      const limit = standing.budget[unit];
      const wants = wanted[unit];
      if (limit === undefined || wants === 0) continue;
      const spent = standing.used[unit];
      // What nobody knows may be anything.
      if (wants !== undefined && spent + wants <= limit) continue;
      const reached = { scope: standing.scope, unit, limit, spent, wanted: wants ?? 0 };
      return { admitted: false, reached, detail: detailOf(standing, reached) };
    }
  }
  return undefined;
}

type Reached = BudgetRefusal['reached'];

function detailOf({ scope, of }: Limit, { unit, limit, spent, wanted }: Reached): string {
  const whose = { run: 'the run', agent: `agent ${of}`, source: `source ${of}`, day: 'the day' };
  const period = scope === 'agent' || scope === 'source' ? ' for a day' : '';
  return (
    `The budget of ${whose[scope]}${period} is ${limit} ${unit}; ${spent} are used or set aside, ` +
    `and the next model call could use ${wanted}.`
  );
}

function withPrices(refusal: BudgetRefusal, { candidates, usdMax }: CallEstimate): BudgetRefusal {
  const { unit, limit } = refusal.reached;
  if (unit === 'tokens' || usdMax(1, 1) !== undefined) return refusal;
  const names = candidates.map(({ provider, model }) => `${provider}/${model}`).join(', ');
  const detail = `There is a budget of ${limit} usd, and what ${names} costs is not known.`;
  return { ...refusal, detail };
}
