import { ruleSchema, type Rule } from '@signalbox/contracts';
import { AppError, asAppError, idAt, type JsonObject } from '@signalbox/kernel';
import { checkRule, checkRuleSet, compileRules, type RuleSet } from '@signalbox/rules';
import { z } from 'zod';
import type { RecordedRule } from '../definitions/definition-watch.ts';

/** Rules as the API and rules files write them: one flat object, names in snake_case. */

/** What a person decides about a rule. */
export type RuleFields = Omit<Rule, 'id'>;

export interface RuleInput {
  readonly fields: RuleFields;
  /** Where a rule comes back as it was answered. */
  readonly id?: string;
  readonly version?: number;
}

const NO_ID = '0'.repeat(26);
const fieldNames = (Object.keys(ruleSchema.shape) as (keyof Rule)[]).filter(
  (name) => name !== 'id',
);
const fieldOf = new Map<string, string>(fieldNames.map((name) => [onWire(name), name]));

/** Answers carry these, so that what was read can be sent back; times are not looked at. */
const readBack = {
  id: ruleSchema.shape.id.optional(),
  version: z.int().nonnegative().optional(),
  created_at: z.unknown().optional(),
  updated_at: z.unknown().optional(),
};

/** A rule as it comes in. A member that is null counts as absent; one that is unknown is refused. */
export const ruleInput = z.looseObject(readBack).transform((body, context): RuleInput => {
  const { id, version, created_at: _created, updated_at: _updated, ...members } = body;
  const refuse = (field: string, message: string) =>
    context.addIssue({ code: 'custom', path: [field], message });
  const given: Record<string, unknown> = { id: NO_ID };
  for (const [name, value] of Object.entries(members)) {
    const field = fieldOf.get(name);
    if (field === undefined) refuse(name, 'is not a field of a rule');
    else if (value !== null) given[field] = value;
  }
  const parsed = ruleSchema.safeParse(given);
  if (!parsed.success) {
    for (const { path, message } of parsed.error.issues) refuse(onWire(path.join('.')), message);
    return z.NEVER;
  }
  const { id: _none, ...fields } = parsed.data;
  return {
    fields,
    ...(id === undefined ? {} : { id }),
    ...(version === undefined ? {} : { version }),
  };
});

/** Most rules in one request; the size of the body ends it before that if they are long. */
const RULES_MAX = 2000;

/** Rules of one file: no two of one name. */
export const ruleInputs = z
  .array(ruleInput)
  .max(RULES_MAX)
  .superRefine((inputs, context) => {
    const first = new Map<string, number>();
    inputs.forEach(({ fields: { name } }, index) => {
      const other = first.get(name);
      first.set(name, other ?? index);
      if (other === undefined) return;
      context.addIssue({
        code: 'custom',
        path: [index, 'name'],
        message: `is that of rule ${other + 1} too`,
      });
    });
  });

/** As the contract with older clients has it, and what ours add: agent, priority, version, change. */
export function ruleAnswer(rule: RecordedRule): JsonObject {
  const { id, version, createdAt, updatedAt } = rule;
  return {
    id,
    ...fieldsAnswer(rule),
    version,
    created_at: createdAt.toISOString(),
    updated_at: updatedAt.toISOString(),
  };
}

export function fieldsAnswer(rule: RuleFields): JsonObject {
  return Object.fromEntries(
    fieldNames.map((name) => [onWire(name), rule[name as keyof RuleFields] ?? null]),
  );
}

/**
 * The rules that would stand if `inputs` were all there are: one that is known by its name keeps
 * its id, and with it its age; new ones are younger, in the order in which they come.
 */
export function candidates(
  inputs: readonly RuleInput[],
  known: Iterable<Rule>,
  now: Date,
): readonly Rule[] {
  const ids = new Map([...known].map(({ name, id }) => [name, id]));
  return inputs.map(({ fields }, index) => ({
    ...fields,
    id: ids.get(fields.name) ?? idAt(new Date(now.getTime() + index), 'rule', fields.name),
  }));
}

/**
 * Candidates made ready, each of them once: an active one that is known to be usable stays ready.
 * @throws AppError `invalid` saying that they are too many, or naming the rule and its field.
 */
export function compileCandidates(rules: readonly Rule[]): RuleSet {
  checkRuleSet(rules);
  rules.forEach((rule, index) => {
    try {
      if (rule.active) compileRules([rule]);
      else checkRule(rule);
    } catch (error) {
      throw refusalOnWire(asAppError(error), `rules.${index}.`);
    }
  });
  return compileRules(rules);
}

/** The same refusal in the names of the wire, `at` a place in the request. */
export function refusalOnWire(error: AppError, at = ''): AppError {
  const { code, kind, message, cause } = error;
  const fields = error.fields.map(({ field, problem }) => ({ field: at + onWire(field), problem }));
  return new AppError({ code, kind, message, fields, cause });
}

/** `automation_id` for `automationId`. */
function onWire(name: string): string {
  return name.replace(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`);
}
