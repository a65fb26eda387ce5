import type { Rule } from '@signalbox/contracts';
import { AppError, asAppError, digestOf, type FieldProblem, type Json } from '@signalbox/kernel';
import {
  adds,
  changedFields,
  checkBeside,
  checkRuleSet,
  type Surroundings,
} from '@signalbox/rules';
import type { RecordedRule } from '../definitions/recorded.ts';
import { turns } from '../definitions/turns.ts';
import { candidates, fieldsAnswer, refusalOnWire, type RuleInput } from './rule-wire.ts';

/** What has to be done to one rule. */
export type RuleChange =
  | { readonly change: 'create'; readonly after: Rule; readonly before?: undefined }
  | { readonly change: 'change'; readonly after: Rule; readonly before: RecordedRule }
  | { readonly change: 'delete'; readonly after?: undefined; readonly before: RecordedRule };

/** From the rules that stand to those that are wanted, told apart by their names. */
export interface RulePlan {
  /**
   * In the order in which they are made: what is new first, what is deleted last, so that at no
   * moment less is stopped than before and after.
   */
  readonly changes: readonly RuleChange[];
  readonly unchanged: number;
  /** Rules that are not among the wanted ones and stay. */
  readonly others: readonly string[];
  /** Names this plan: the same changes on the same versions. */
  readonly digest: string;
}

export interface PlanOptions {
  /** Delete what is not wanted. */
  readonly prune: boolean;
  readonly now: Date;
}

/**
 * A plan for what is known when this is called. A thousand patterns take half a second, in which
 * others have their turns.
 * @throws AppError `invalid` naming every field of every rule that is refused, `conflict` when a
 * name is that of two rules.
 */
export async function planRules(
  inputs: readonly RuleInput[],
  live: Surroundings<RecordedRule>,
  { prune, now }: PlanOptions,
): Promise<RulePlan> {
  const known: Surroundings<RecordedRule> = {
    rules: new Map(live.rules),
    agents: new Map(live.agents),
    workflows: new Map(live.workflows),
  };
  const stored = byName(known.rules.values());
  const wanted = candidates(inputs, known.rules.values(), now);
  await check(wanted, known);
  const created: RuleChange[] = [];
  const changed: RuleChange[] = [];
  for (const after of wanted) {
    const before = stored.get(after.name);
    stored.delete(after.name);
    if (before === undefined) created.push({ change: 'create', after });
    else if (changedFields(before, after).length > 0)
      changed.push({ change: 'change', before, after });
  }
  const rest = [...stored.values()];
  const deleted = prune ? rest.map((before) => ({ change: 'delete' as const, before })) : [];
  const changes = [...created, ...changed, ...deleted];
  return {
    changes,
    unchanged: wanted.length - created.length - changed.length,
    others: prune ? [] : rest.map(({ name }) => name),
    digest: digestOf(changes.map(identityOf)),
  };
}

/** Without the ids of what is new, which are others whenever one asks. */
function identityOf({ change, before, after }: RuleChange): Json {
  return [change, before?.id ?? '', before?.version ?? 0, after ? fieldsAnswer(after) : null];
}

function byName(rules: Iterable<RecordedRule>): Map<string, RecordedRule> {
  const found = new Map<string, RecordedRule>();
  for (const rule of rules) {
    const other = found.get(rule.name);
    if (other) throw ambiguous(rule, other);
    found.set(rule.name, rule);
  }
  return found;
}

/** Each that differs from what stands, as if those before it were in force already. */
async function check(wanted: readonly Rule[], known: Surroundings): Promise<void> {
  const rules = new Map(known.rules);
  const refusals: AppError[] = [];
  const turn = turns();
  for (const [index, rule] of wanted.entries()) {
    const before = known.rules.get(rule.id);
    if (before && changedFields(before, rule).length === 0) continue;
    await turn();
    try {
      checkBeside(rule, { ...known, rules });
    } catch (error) {
      refusals.push(refusalOnWire(asAppError(error), `rules.${index}.`));
    }
    rules.set(rule.id, rule);
  }
  const [first] = refusals;
  if (!first) {
    // `rules` is what stands before anything is deleted.
    if (wanted.some((rule) => adds(known.rules.get(rule.id), rule)))
      checkRuleSet([...rules.values()]);
    return;
  }
  const fields: readonly FieldProblem[] = refusals.flatMap((refusal) => refusal.fields);
  const others = refusals.length > 1 ? ` (and ${refusals.length - 1} more)` : '';
  const message = `${first.message}${others}. Nothing was changed.`;
  throw new AppError({ code: first.code, kind: 'invalid', message, fields });
}

function ambiguous({ id, name }: RecordedRule, other: RecordedRule): AppError {
  return new AppError({
    code: 'rule_name_ambiguous',
    kind: 'conflict',
    message: `Rules ${other.id} and ${id} are both named ${name}. Rename or delete one of them.`,
  });
}
