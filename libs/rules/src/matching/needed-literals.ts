import { RE2JS } from 're2js';
import { slotsOf, type Trigrams } from './trigrams.ts';

/** What a text must have for a pattern to match in it; undefined when nothing is known. */
export type Needs =
  | { readonly slots: readonly number[] }
  | { readonly all: readonly Needs[] }
  | { readonly any: readonly Needs[] };

/** RE2JS keeps the literals that a match needs: https://github.com/le0pard/re2js, Prefilter.js */
interface Prefilter {
  readonly type: number;
  readonly str: string;
  readonly subs: readonly Prefilter[];
}
const EXACT = 1;
const AND = 2;
const OR = 3;

/**
 * What a pattern that ignores case needs. Read from the same pattern with case, for which RE2JS
 * tells. Only the ASCII in it counts: the two letters beyond that fold into ASCII, long s and the
 * Kelvin sign, are spelled out in the sanitised text.
 */
export function needsOf(pattern: string): Needs | undefined {
  const withCase = RE2JS.compile(pattern.replace(/^\(\?i\)/, ''));
  return needsIn((withCase.re2() as { prefilter: Prefilter | null }).prefilter);
}

function needsIn(prefilter: Prefilter | null): Needs | undefined {
  if (prefilter?.type === EXACT) return needsOfLiteral(prefilter.str);
  const subs = prefilter?.subs.map(needsIn) ?? [];
  const known = subs.filter((sub) => sub !== undefined);
  if (prefilter?.type === AND && known.length > 0) return { all: known };
  if (prefilter?.type === OR && known.length === subs.length) return { any: known };
  return undefined;
}

export function needsOfLiteral(literal: string): Needs | undefined {
  const slots = slotsOf(literal);
  return slots.length === 0 ? undefined : { slots };
}

export function mayMatch(needs: Needs, trigrams: Trigrams): boolean {
  if ('slots' in needs) return trigrams.hasAll(needs.slots);
  if ('all' in needs) return needs.all.every((need) => mayMatch(need, trigrams));
  return needs.any.some((need) => mayMatch(need, trigrams));
}
