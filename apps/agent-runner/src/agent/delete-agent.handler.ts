import { Injectable } from '@nestjs/common';
import type { deleteAgent } from '@signalbox/contracts';
import { DefinitionCatalogue } from '@signalbox/executions';
import { causedBy, type DataOf, type ReceivedCommand } from '@signalbox/kernel';
import { EventStore, execute } from '@signalbox/messaging';
import { agentDecider } from './agent.decider.ts';

@Injectable()
export class DeleteAgentHandler {
  constructor(
    private readonly store: EventStore,
    private readonly catalogue: DefinitionCatalogue,
  ) {}

  /**
   * Answers with the version that the deletion is, once nothing here starts the agent. Its runs go
   * on: they are bound to what it was.
   * @throws AppError `missing` agent_not_found, `conflict` agent_changed_meanwhile.
   */
  async handle(
    command: ReceivedCommand<DataOf<typeof deleteAgent>>,
  ): Promise<{ readonly version: number }> {
    const { agentId, expectedVersion } = command.data;
    const ref = { aggregate: 'agent', id: agentId };
    const { state } = await execute(this.store, agentDecider, ref, {
      command: { type: 'delete', id: command.id, expectedVersion },
      context: causedBy(command, command.actor),
      fresh: true,
    });
    await this.catalogue.whenCaughtUp();
    return { version: state.version };
  }
}
