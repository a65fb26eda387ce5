import { ruleSchema, type Rule } from '@signalbox/contracts';
import { asAppError, idAt, type AppError } from '@signalbox/kernel';
import { checkRule, checkRuleSet, compileRules, type RuleSet } from '@signalbox/rules';
import { z } from 'zod';
import { renamed, wireForm, type DefinitionInput } from '../definitions/wire-form.ts';

/** Rules as the API and rules files write them. */

/** What a person decides about a rule. */
export type RuleFields = Omit<Rule, 'id'>;
export type RuleInput = DefinitionInput<RuleFields>;

/** As the contract with older clients has it, and what ours add: agent, priority, version, change. */
const form = wireForm(ruleSchema, { what: 'a rule', title: 'Rule' });
export const { input: ruleInput, answer: ruleAnswer, fields: fieldsAnswer } = form;
export const { answerShape: ruleShape, fieldsShape: ruleFieldsShape } = form;

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
  return renamed(error, (field) => at + form.onWire(field));
}
