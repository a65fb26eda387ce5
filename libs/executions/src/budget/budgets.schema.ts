import type { Budget } from '@signalbox/contracts';
import { z } from 'zod';

/** An answer of fewer tokens would most likely be cut, and paid for in vain. */
export const OUTPUT_TOKENS_MIN = 500;

const budgetSchema = z
  .strictObject({
    tokens: z.int().nonnegative().optional(),
    /** US dollars. */
    usd: z.number().nonnegative().optional(),
  })
  .refine(({ tokens, usd }) => tokens !== undefined || usd !== undefined, {
    error: 'limits neither tokens nor usd',
  });

/** What budgets.yaml says. `*` stands for all that are not named. A day is one of UTC. */
export const budgetsSchema = z.strictObject({
  /** Of each run. */
  run: budgetSchema.optional(),
  /** Of all model calls together, the router's too. */
  day: budgetSchema.optional(),
  agents: z
    .record(
      z.string(),
      z.strictObject({ run: budgetSchema.optional(), day: budgetSchema.optional() }),
    )
    .default({}),
  /** Of the signals that came from there, and the runs that they led to. */
  sources: z.record(z.string(), z.strictObject({ day: budgetSchema })).default({}),
  /** Of each answer, where a budget counts: the less, the less is set aside for it. */
  answerTokensMax: z.int().min(OUTPUT_TOKENS_MIN).optional(),
});
export type Budgets = z.output<typeof budgetsSchema>;

export const NO_BUDGETS: Budgets = { agents: {}, sources: {} };

/** Who a call is made for; what is absent is not known. */
export interface Payer {
  readonly agent?: string | undefined;
  readonly source?: string | undefined;
}

/** A budget, and whose it is. */
export interface Limit {
  readonly scope: 'run' | 'agent' | 'source' | 'day';
  /** The id of the agent, the name of the source; '' for the others. */
  readonly of: string;
  readonly budget: Budget;
}

/** The budgets of a day in which a call of this payer counts. */
export function dayLimits({ day, agents, sources }: Budgets, payer: Payer): readonly Limit[] {
  const named: readonly (readonly [Limit['scope'], string | undefined, Budget | undefined])[] = [
    ['agent', payer.agent, entryOf(agents, payer.agent)?.day],
    ['source', payer.source, entryOf(sources, payer.source)?.day],
    ['day', '', day],
  ];
  return named.flatMap(([scope, of, budget]) =>
    of === undefined || budget === undefined ? [] : [{ scope, of, budget }],
  );
}

/** Of two that both say something, the lower counts. */
export function runLimit(budgets: Budgets, agent: string, planned: Budget = {}): Limit {
  const configured = entryOf(budgets.agents, agent)?.run ?? budgets.run ?? {};
  const tokens = lower(planned.tokens, configured.tokens);
  const usd = lower(planned.usd, configured.usd);
  return { scope: 'run', of: '', budget: { tokens, usd } };
}

function entryOf<Entry>(entries: Readonly<Record<string, Entry>>, name: string | undefined) {
  if (name === undefined) return undefined;
  return Object.hasOwn(entries, name) ? entries[name] : entries['*'];
}

function lower(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
}
