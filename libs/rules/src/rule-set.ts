import type { Rule, RuleTrial, Signal } from '@signalbox/contracts';
import { type Matcher, matcherOf, subjectOf } from './matchers.ts';

export interface Evaluation<R extends Rule = Rule> {
  /** The rule that decides; absent when none matched. With action `allow` it ends the trying only. */
  readonly matched?: R;
  /** Every rule that was tried, in order, the one that matched last. */
  readonly trace: readonly RuleTrial[];
}

/** Rules in the order in which they are tried. */
export interface RuleSet<R extends Rule = Rule> {
  readonly rules: readonly R[];
  /** The first rule that matches, and why. Never throws on a signal that fits its schema. */
  evaluate(signal: Signal): Evaluation<R>;
}

/**
 * Active rules by priority, then by age.
 * @throws AppError `invalid` with code `unusable_pattern`: a rule is refused, never skipped.
 */
export function compileRules<R extends Rule>(rules: readonly R[]): RuleSet<R> {
  const compiled = rules
    .filter((rule) => rule.active)
    .toSorted((a, b) => a.priority - b.priority || (a.id < b.id ? -1 : 1))
    .map((rule) => ({ rule, matches: matcherOf(rule) }));
  return {
    rules: compiled.map(({ rule }) => rule),
    evaluate: (signal) => firstMatch(compiled, signal),
  };
}

function firstMatch<R extends Rule>(
  compiled: readonly { readonly rule: R; readonly matches: Matcher }[],
  signal: Signal,
): Evaluation<R> {
  const subject = subjectOf(signal);
  const trace: RuleTrial[] = [];
  for (const { rule, matches } of compiled) {
    const { matched, reason } = matches(subject);
    trace.push({ ruleId: rule.id, ruleName: rule.name, matched, reason });
    if (matched) return { matched: rule, trace };
  }
  return { trace };
}
