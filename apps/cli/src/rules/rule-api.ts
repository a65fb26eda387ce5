import { AppError } from '@signalbox/kernel';
import type { ApiClient } from '../client/api-client.ts';

/** What the rules API answers, as far as the commands read it. */

/** What a person decides about a rule, in the order in which it is shown. */
export interface RuleFields {
  readonly name: string;
  readonly pattern: string;
  readonly pattern_type: string;
  readonly action: string;
  readonly risk_level: string;
  readonly automation_id: string | null;
  readonly agent_id: string | null;
  readonly priority: number;
  readonly active: boolean;
}

export interface ApiRule extends RuleFields {
  readonly id: string;
  readonly version: number;
  readonly created_at: string;
  readonly updated_at: string;
}

export interface RuleVersion {
  readonly version: number;
  readonly change: 'created' | 'changed' | 'deleted';
  readonly by: string;
  readonly at: string;
  readonly rule: RuleFields | null;
}

/** Instead of the rule when it was not confirmed in time. */
export interface PendingRule {
  readonly status: 'pending';
  readonly message: string;
  readonly rule_id: string;
}

export interface RuleTest {
  readonly matched: boolean;
  readonly rule: RuleFields | null;
  readonly trace: readonly {
    readonly rule_name: string;
    readonly matched: boolean;
    readonly reason: string;
  }[];
  readonly signal_status: string;
  readonly text: string;
}

export interface RulePlan {
  readonly status: 'planned' | 'applied' | 'incomplete';
  readonly plan: string;
  readonly changes: readonly RuleChange[];
  readonly unchanged: number;
  /** Names of rules that are not in the file and stay. */
  readonly others: readonly string[];
}

export interface RuleChange {
  readonly change: 'create' | 'change' | 'delete';
  readonly name: string;
  readonly before: RuleFields | null;
  readonly after: RuleFields | null;
  readonly outcome?: 'done' | 'pending' | 'failed' | 'not_tried';
  readonly problem?: { readonly status: number; readonly detail: string };
}

export function listRules(api: ApiClient): Promise<readonly ApiRule[]> {
  return api.call<readonly ApiRule[]>('/api/rules');
}

/** @throws AppError `missing`, `conflict` when it is the name of two. */
export async function findRule(api: ApiClient, idOrName: string): Promise<ApiRule> {
  const rules = await listRules(api);
  const found = rules.filter(({ id, name }) => id === idOrName || name === idOrName);
  const [rule] = found;
  if (!rule) throw noSuchRule(idOrName);
  if (found.length === 1) return rule;
  const ids = found.map(({ id }) => id).join(', ');
  const message = `${found.length} rules are named ${idOrName}. Say which, by its id: ${ids}.`;
  throw new AppError({ code: 'rule_name_ambiguous', kind: 'conflict', message });
}

function noSuchRule(idOrName: string): AppError {
  const message = `There is no rule ${idOrName}. \`signalbox rules list\` shows those there are.`;
  return new AppError({ code: 'rule_not_found', kind: 'missing', message });
}
