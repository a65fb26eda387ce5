import { Injectable } from '@nestjs/common';
import { AppError, asAppError, Clock, type Actor } from '@signalbox/kernel';
import { DefinitionWatch } from '../definitions/definition-watch.ts';
import { RuleCommands, type Commanded } from './rule-commands.ts';
import { planRules, type RuleChange, type RulePlan } from './rule-plan.ts';
import type { RuleInput } from './rule-wire.ts';

export interface ApplyRules {
  /** Every rule that is wanted. */
  readonly inputs: readonly RuleInput[];
  readonly prune: boolean;
  /** Say what would be done, and do nothing. */
  readonly dryRun: boolean;
  /** Digest of the plan that was looked at; any when absent. */
  readonly plan: string | undefined;
}

/** What became of one change. After one whose outcome is not known no other is tried. */
export type Outcome =
  | Commanded
  | { readonly status: 'failed'; readonly error: AppError }
  | { readonly status: 'not_tried' };

export interface AppliedRules {
  readonly plan: RulePlan;
  /** One for each change of the plan; none of a dry run. */
  readonly outcomes: readonly Outcome[];
}

/** Brings the rules to what a file says. Asked again it does what is left. */
@Injectable()
export class ApplyRulesHandler {
  constructor(
    private readonly definitions: DefinitionWatch,
    private readonly commands: RuleCommands,
    private readonly clock: Clock,
  ) {}

  /**
   * Everything is checked before the first change is made.
   * @throws AppError as `planRules`, and `conflict` when another plan was looked at.
   */
  async handle({ inputs, prune, dryRun, plan }: ApplyRules, actor: Actor): Promise<AppliedRules> {
    await this.definitions.whenCaughtUp();
    const found = await planRules(inputs, this.definitions, { prune, now: this.clock.now() });
    if (plan !== undefined && plan !== found.digest) throw anotherPlan();
    return { plan: found, outcomes: dryRun ? [] : await this.carryOut(found.changes, actor) };
  }

  private async carryOut(changes: readonly RuleChange[], actor: Actor): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    for (const change of changes) {
      outcomes.push(await this.make(change, actor));
      if (outcomes.some(isUncertain)) break;
    }
    return changes.map((_, index) => outcomes[index] ?? { status: 'not_tried' });
  }

  /** Refused by itself where somebody else changed the rule since the plan was made. */
  private async make({ before, after }: RuleChange, actor: Actor): Promise<Outcome> {
    try {
      return after
        ? await this.commands.define(after, before?.version ?? 0, actor)
        : await this.commands.delete(before.id, before.version, actor);
    } catch (thrown) {
      const error = asAppError(thrown);
      if (error.kind === 'bug') throw thrown;
      return { status: 'failed', error };
    }
  }
}

function isUncertain(outcome: Outcome): boolean {
  return (
    outcome.status === 'pending' ||
    (outcome.status === 'failed' && outcome.error.kind === 'unavailable')
  );
}

function anotherPlan(): AppError {
  return new AppError({
    code: 'rules_changed_meanwhile',
    kind: 'conflict',
    message: 'The rules have changed since this plan was made. Nothing was changed: look again.',
  });
}
