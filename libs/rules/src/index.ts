export { defaultRules } from './default-rules.ts';
export { compileRules, type Evaluation, type RuleSet } from './rule-set.ts';
export { signalText } from './signal-text.ts';
