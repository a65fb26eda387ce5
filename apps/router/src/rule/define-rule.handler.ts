import { Injectable } from '@nestjs/common';
import type { defineRule, VersionedRule } from '@signalbox/contracts';
import { causedBy, type DataOf, type ReceivedCommand } from '@signalbox/kernel';
import { EventStore, execute } from '@signalbox/messaging';
import { checkChange } from '@signalbox/rules';
import { DefinitionWatch } from '../definitions/definition-watch.ts';
import { ruleDecider, ruleNotFound } from './rule.decider.ts';

@Injectable()
export class DefineRuleHandler {
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly store: EventStore,
    private readonly definitions: DefinitionWatch,
  ) {}

  /**
   * Answers with the rule once this router decides by it; other replicas hear of it from the same
   * stream, within milliseconds as a rule.
   * @throws AppError `invalid` unusable_pattern, rule_target_unknown, too_many_rules, `conflict`
   * rule_name_taken, rule_changed_meanwhile, `missing` rule_not_found for one that was deleted.
   */
  handle(command: ReceivedCommand<DataOf<typeof defineRule>>): Promise<VersionedRule> {
    // One after another, so that of two with one name the second meets the first. Replicas do not
    // wait for each other: there two may pass, which nothing but the name will show.
    const done = this.last.then(() => this.define(command));
    this.last = done.catch(() => undefined);
    return done;
  }

  private async define(
    command: ReceivedCommand<DataOf<typeof defineRule>>,
  ): Promise<VersionedRule> {
    const { rule, expectedVersion } = command.data;
    await this.definitions.whenCaughtUp();
    checkChange(rule, this.definitions.known);
    const ref = { aggregate: 'rule', id: rule.id };
    const { state } = await execute(this.store, ruleDecider, ref, {
      command: { type: 'define', id: command.id, rule, expectedVersion },
      context: causedBy(command, command.actor),
      fresh: true,
    });
    // Carried out before, and deleted since.
    if (state.rule === undefined) throw ruleNotFound();
    await this.definitions.whenCaughtUp();
    return { ...state.rule, version: state.version };
  }
}
