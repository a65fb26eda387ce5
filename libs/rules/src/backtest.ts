import type { Rule, RuleTrial, Signal } from '@signalbox/contracts';
import type { RuleSet } from './rule-set.ts';

/** The agent of a rule that names none, as the contract of rules has it. */
const DEFAULT_AGENT = 'take_action';

/** Kinds of change that are told apart; those beyond are counted together. */
const TRANSITIONS_MAX = 1_000;
const OTHER = 'other';

/** In the order in which they are shown. */
export const verdicts = [
  'hard_reject',
  'require_approval',
  'trigger_automation',
  'force_agent',
  'allow',
  'model',
  'resolved',
] as const;

/**
 * What the rules say of a signal: the action of the rule that decides; `model` when none matches;
 * `resolved` when the source says that its problem is over, for then no rule is tried.
 */
export type Verdict = (typeof verdicts)[number];

/** What rules add to a decision. The model adds the rest, and is not asked. */
export interface RuleVerdict {
  readonly verdict: Verdict;
  /** Name of the rule that decides. */
  readonly rule?: string;
  /** As it would stand on the decision; absent where the model judges the risk. */
  readonly riskLevel?: Rule['riskLevel'];
  /** What runs: a workflow or an agent. With `require_approval` neither where the model says it. */
  readonly automationId?: string;
  readonly agentId?: string;
}

/** A verdict with every rule that was tried for it. */
export interface TracedVerdict extends RuleVerdict {
  readonly trace: readonly RuleTrial[];
}

export interface ChangedSignal {
  readonly signal: Signal;
  readonly before: TracedVerdict;
  readonly after: TracedVerdict;
}

export type VerdictCounts = Readonly<Record<Verdict, number>>;

export interface BacktestSummary {
  readonly signals: number;
  /** Signals whose decision would be another. */
  readonly changed: number;
  /** Signals that another rule decides, or another rule lets through to the model, alike. */
  readonly sameByAnotherRule: number;
  readonly before: VerdictCounts;
  readonly after: VerdictCounts;
  /** Changed signals by what they change from and to, the most frequent first. */
  readonly transitions: readonly Transition[];
}

/** From and to what, as `outcomeOf` words it. */
export interface Transition {
  readonly from: string;
  readonly to: string;
  readonly count: number;
}

/** Two rule sets compared on one signal after the other; keeps counts only. */
export interface Backtest {
  /** Both sides when the decision would be another. */
  take(signal: Signal): ChangedSignal | undefined;
  summary(): BacktestSummary;
}

/**
 * Compares what two rule sets say of the same signals. A decision is changed when what follows from
 * it is: action, risk level or target. That another rule leads to the same is counted apart, as is
 * `allow` against no match, because the model decides then either way.
 */
export function compareRuleSets(before: RuleSet, after: RuleSet): Backtest {
  const counts = { before: noVerdicts(), after: noVerdicts() };
  const transitions = new Map<string, Transition>();
  let signals = 0;
  let changed = 0;
  let sameByAnotherRule = 0;
  return {
    take(signal) {
      const [was, is] = [evaluate(before, signal), evaluate(after, signal)];
      signals++;
      counts.before[was.verdict]++;
      counts.after[is.verdict]++;
      const [from, to] = [outcomeOf(was), outcomeOf(is)];
      if (from === to) {
        if (was.rule !== is.rule) sameByAnotherRule++;
        return undefined;
      }
      changed++;
      count(transitions, from, to);
      return { signal, before: was, after: is };
    },
    summary: () => ({
      signals,
      changed,
      sameByAnotherRule,
      before: { ...counts.before },
      after: { ...counts.after },
      transitions: [...transitions.values()].toSorted((a, b) => b.count - a.count),
    }),
  };
}

/** What the rules say of one signal, as the router would take it. */
export function evaluate(rules: RuleSet, signal: Signal): TracedVerdict {
  if (signal.status === 'resolved') return { verdict: 'resolved', trace: [] };
  const { matched, trace } = rules.evaluate(signal);
  return { ...verdictOf(matched), trace };
}

/** The part of a verdict that a decision depends on, in words: `force_agent escalate, high risk`. */
export function outcomeOf({ verdict, riskLevel, automationId, agentId }: RuleVerdict): string {
  if (riskLevel === undefined) return verdict === 'allow' ? 'model' : verdict;
  const kind = automationId === undefined ? 'agent' : 'workflow';
  const target = automationId ?? agentId;
  const words = verdict === 'require_approval' && target !== undefined ? [kind, target] : [target];
  return `${[verdict, ...words].filter(Boolean).join(' ')}, ${riskLevel} risk`;
}

function verdictOf(rule: Rule | undefined): RuleVerdict {
  if (rule === undefined) return { verdict: 'model' };
  const { name, action, riskLevel, automationId, agentId } = rule;
  const verdict = { verdict: action, rule: name, riskLevel };
  switch (action) {
    case 'allow':
      return { verdict: action, rule: name };
    case 'hard_reject':
      return verdict;
    case 'force_agent':
      return { ...verdict, agentId: agentId ?? DEFAULT_AGENT };
    case 'trigger_automation':
    case 'require_approval':
      if (automationId !== undefined) return { ...verdict, automationId };
      return agentId === undefined ? verdict : { ...verdict, agentId };
  }
}

function count(transitions: Map<string, Transition>, from: string, to: string): void {
  const known = transitions.get(`${from}\n${to}`);
  if (known === undefined && transitions.size >= TRANSITIONS_MAX && from !== OTHER) {
    return count(transitions, OTHER, OTHER);
  }
  transitions.set(`${from}\n${to}`, { from, to, count: (known?.count ?? 0) + 1 });
}

function noVerdicts(): Record<Verdict, number> {
  return Object.fromEntries(verdicts.map((verdict) => [verdict, 0])) as Record<Verdict, number>;
}
