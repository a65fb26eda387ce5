import type { Rule, RuleTrial, Signal } from '@signalbox/contracts';
import { type Matcher, matcherOf, subjectOf } from './matchers.ts';

export interface Evaluation {
  /** The rule that decides; absent when none matched. With action `allow` it ends the trying only. */
  readonly matched?: Rule;
  /** Every rule that was tried, in order, the one that matched last. */
  readonly trace: readonly RuleTrial[];
}

/** Rules in the order in which they are tried. */
export interface RuleSet {
  readonly rules: readonly Rule[];
  /** The first rule that matches, and why. Never throws on a signal that fits its schema. */
  evaluate(signal: Signal): Evaluation;
}

/**
 * Active rules by priority, then by age.
 * @throws AppError `invalid` with code `unusable_pattern`: a rule is refused, never skipped.
 */
export function compileRules(rules: readonly Rule[]): RuleSet {
  const compiled = rules
    .filter((rule) => rule.active)
    .toSorted((a, b) => a.priority - b.priority || (a.id < b.id ? -1 : 1))
    .map((rule) => ({ rule, matches: matcherOf(rule) }));
  return {
    rules: compiled.map(({ rule }) => rule),
    evaluate: (signal) => firstMatch(compiled, signal),
  };
}

function firstMatch(
  compiled: readonly { readonly rule: Rule; readonly matches: Matcher }[],
  signal: Signal,
): Evaluation {
  const subject = subjectOf(signal);
  const trace: RuleTrial[] = [];
  for (const { rule, matches } of compiled) {
    const { matched, reason } = matches(subject);
    trace.push({ ruleId: rule.id, ruleName: rule.name, matched, reason });
    if (matched) return { matched: rule, trace };
  }
  return { trace };
}
