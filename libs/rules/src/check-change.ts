import { ruleSchema, type Rule } from '@signalbox/contracts';
import { AppError } from '@signalbox/kernel';
import { checkRuleSet } from './rule-limits.ts';
import { checkRule } from './rule-set.ts';

/** What stands beside a rule, by id. */
export interface Surroundings<R extends Rule = Rule> {
  /** Every rule that was not deleted. */
  readonly rules: ReadonlyMap<string, R>;
  readonly agents: ReadonlyMap<string, unknown>;
  readonly workflows: ReadonlyMap<string, unknown>;
}

const fields = Object.keys(ruleSchema.shape) as readonly (keyof Rule)[];

/** The fields in which two rules differ. */
export function changedFields(before: Rule, after: Rule): readonly (keyof Rule)[] {
  return fields.filter((field) => before[field] !== after[field]);
}

/**
 * Whether a rule may be made, or put in the place of the one with its id. Turning a rule off is
 * always allowed: that is the way out when one that is stored cannot be used.
 * @throws AppError as `checkBeside`, and `invalid` too_many_rules.
 */
export function checkChange(rule: Rule, around: Surroundings): void {
  checkBeside(rule, around);
  if (adds(around.rules.get(rule.id), rule)) {
    checkRuleSet([...new Map(around.rules).set(rule.id, rule).values()]);
  }
}

/** Whether a rule set takes more room with `after` than it did with `before`. */
export function adds(before: Rule | undefined, after: Rule): boolean {
  return after.active && (!before?.active || before.name !== after.name);
}

/**
 * As `checkChange`, but for how many rules there may be, which is seen of all together.
 * @throws AppError naming the field: `invalid` unusable_pattern, rule_target_unknown, `conflict`
 * rule_name_taken.
 */
export function checkBeside(rule: Rule, around: Surroundings): void {
  const before = around.rules.get(rule.id);
  if (before && !rule.active && changedFields(before, rule).every((field) => field === 'active')) {
    return;
  }
  // Two of one name are kept apart by whoever changes another part of them.
  if (before?.name !== rule.name) assertNameIsFree(rule, around);
  checkRule(rule);
  assertRegistered(rule, 'automationId', around.workflows);
  assertRegistered(rule, 'agentId', around.agents);
}

function assertNameIsFree({ name }: Rule, { rules }: Surroundings): void {
  const other = [...rules.values()].find((rule) => rule.name === name);
  if (!other) return;
  const problem = `is the name of rule ${other.id}`;
  throw refused({ code: 'rule_name_taken', kind: 'conflict', rule: name, field: 'name', problem });
}

function assertRegistered(
  rule: Rule,
  field: 'automationId' | 'agentId',
  known: ReadonlyMap<string, unknown>,
): void {
  const target = rule[field];
  if (target === undefined || known.has(target)) return;
  const problem = `${target} is not registered; there is ${[...known.keys()].join(', ') || 'none'}`;
  throw refused({ code: 'rule_target_unknown', kind: 'invalid', rule: rule.name, field, problem });
}

function refused(why: {
  readonly code: string;
  readonly kind: 'invalid' | 'conflict';
  readonly rule: string;
  readonly field: string;
  readonly problem: string;
}): AppError {
  const { code, kind, rule, field, problem } = why;
  const message = `rule ${rule}: ${field}: ${problem}`;
  return new AppError({ code, kind, message, fields: [{ field, problem }] });
}
