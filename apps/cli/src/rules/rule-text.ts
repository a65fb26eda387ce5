import { literal } from '../terminal/text.ts';
import type { RuleFields } from './rule-api.ts';

/** In the order in which they are shown; all that a person decides. */
export const ruleFields: readonly (keyof RuleFields)[] = [
  'name',
  'pattern',
  'pattern_type',
  'action',
  'risk_level',
  'automation_id',
  'agent_id',
  'priority',
  'active',
];

/** `trigger_automation restart_service` */
export function actionText({
  action,
  automation_id: workflow,
  agent_id: agent,
}: RuleFields): string {
  return [action, workflow, agent].filter(Boolean).join(' ');
}

/** `hard_reject, critical risk, priority 100` */
export function ruleSummary(rule: RuleFields): string {
  const off = rule.active ? [] : ['off'];
  return [actionText(rule), `${rule.risk_level} risk`, `priority ${rule.priority}`, ...off].join(
    ', ',
  );
}

/** A pattern with its type, every character to be told from others. */
export function patternText({ pattern, pattern_type: type }: RuleFields): string {
  return `${type}  ${literal(pattern)}`;
}

export function valueText(value: RuleFields[keyof RuleFields]): string {
  if (value === null) return 'none';
  return typeof value === 'boolean' ? (value ? 'yes' : 'no') : literal(String(value));
}
