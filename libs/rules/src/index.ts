export {
  compareRuleSets,
  verdicts,
  type BacktestSummary,
  type ChangedSignal,
  type TracedVerdict,
  type Verdict,
} from './backtest.ts';
export { celCondition, type CelCondition } from './cel/cel-condition.ts';
export {
  adds,
  changedFields,
  checkBeside,
  checkChange,
  type Surroundings,
} from './check-change.ts';
export { defaultRules } from './default-rules.ts';
export { checkRuleSet, RULES_ACTIVE_MAX } from './rule-limits.ts';
export { checkRule, compileRules, type Evaluation, type RuleSet } from './rule-set.ts';
export { signalText } from './text/signal-text.ts';
