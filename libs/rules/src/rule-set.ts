import type { Rule, RuleTrial, Signal } from '@signalbox/contracts';
import type { Matcher } from './matching/matcher.ts';
import { matcherOf } from './matching/matchers.ts';
import { regexGroups } from './matching/regex-groups.ts';
import { type Subject, subjectsOf } from './matching/subject.ts';

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

interface CompiledRule<R extends Rule> {
  readonly rule: R;
  readonly matcher: Matcher;
  /** What the trace has of it for most signals. */
  readonly missed: RuleTrial;
}

export interface CompileOptions {
  /** False asks each rule in full; only slower, for comparison. */
  readonly prefilter?: boolean;
}

/**
 * Active rules by priority, then by age.
 * @throws AppError `invalid` with code `unusable_pattern`: a rule is refused, never skipped.
 */
export function compileRules<R extends Rule>(
  rules: readonly R[],
  { prefilter = true }: CompileOptions = {},
): RuleSet<R> {
  const subjectOf = subjectsOf();
  const compiled = grouped(
    rules
      .filter((rule) => rule.active)
      .toSorted((a, b) => a.priority - b.priority || (a.id < b.id ? -1 : 1))
      .map(compiledRule),
  );
  return {
    rules: compiled.map(({ rule }) => rule),
    evaluate: (signal) => firstMatch(compiled, subjectOf(signal), prefilter),
  };
}

/** @throws AppError `invalid` with code `unusable_pattern` when the pattern cannot be taken. */
export function checkRule(rule: Rule): void {
  matcherOf(rule);
}

/** A rule that stays the same object is made ready once, whatever changes beside it. */
const compiledRules = new WeakMap<Rule, Omit<CompiledRule<Rule>, 'rule'>>();

function compiledRule<R extends Rule>(rule: R): CompiledRule<R> {
  let compiled = compiledRules.get(rule);
  if (!compiled) {
    const matcher = matcherOf(rule);
    compiled = { matcher, missed: Object.freeze(trialOf(rule, matcher.miss)) };
    compiledRules.set(rule, compiled);
  }
  return { rule, ...compiled };
}

/** With one go through a signal's texts for many of the patterns that nothing is known of. */
function grouped<R extends Rule>(compiled: readonly CompiledRule<R>[]): readonly CompiledRule<R>[] {
  const patterns = compiled.flatMap(({ matcher }) => matcher.grouped ?? []);
  if (patterns.length < 2) return compiled;
  const matchesAt = regexGroups(patterns);
  let next = 0;
  return compiled.map((one) => {
    if (one.matcher.grouped === undefined) return one;
    const index = next++;
    const mayMatch = (subject: Subject) => matchesAt(subject, index);
    return { ...one, matcher: { ...one.matcher, mayMatch } };
  });
}

function firstMatch<R extends Rule>(
  compiled: readonly CompiledRule<R>[],
  subject: Subject,
  prefilter: boolean,
): Evaluation<R> {
  const trace: RuleTrial[] = [];
  for (const { rule, matcher, missed } of compiled) {
    const tried = !prefilter || matcher.mayMatch(subject);
    const match = tried ? matcher.match(subject) : matcher.miss;
    trace.push(match === matcher.miss ? missed : trialOf(rule, match));
    if (match.matched) return { matched: rule, trace };
  }
  return { trace };
}

function trialOf(rule: Rule, { matched, reason }: Matcher['miss']): RuleTrial {
  return { ruleId: rule.id, ruleName: rule.name, matched, reason };
}
