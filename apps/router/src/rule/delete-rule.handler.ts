import { Injectable } from '@nestjs/common';
import type { deleteRule } from '@signalbox/contracts';
import { causedBy, type DataOf, type ReceivedCommand } from '@signalbox/kernel';
import { EventStore, execute } from '@signalbox/messaging';
import { DefinitionWatch } from '../definitions/definition-watch.ts';
import { ruleDecider } from './rule.decider.ts';

@Injectable()
export class DeleteRuleHandler {
  constructor(
    private readonly store: EventStore,
    private readonly definitions: DefinitionWatch,
  ) {}

  /**
   * Answers with the version that the deletion is, once this router no longer tries the rule.
   * @throws AppError `missing` rule_not_found, `conflict` rule_changed_meanwhile.
   */
  async handle(
    command: ReceivedCommand<DataOf<typeof deleteRule>>,
  ): Promise<{ readonly version: number }> {
    const { ruleId, expectedVersion } = command.data;
    const ref = { aggregate: 'rule', id: ruleId };
    const { state } = await execute(this.store, ruleDecider, ref, {
      command: { type: 'delete', id: command.id, expectedVersion },
      context: causedBy(command, command.actor),
      fresh: true,
    });
    await this.definitions.whenCaughtUp();
    return { version: state.version };
  }
}
