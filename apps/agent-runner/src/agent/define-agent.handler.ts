import { Injectable } from '@nestjs/common';
import type { defineAgent, VersionedAgent } from '@signalbox/contracts';
import { DefinitionCatalogue } from '@signalbox/executions';
import { causedBy, type DataOf, type ReceivedCommand } from '@signalbox/kernel';
import { EventStore, execute } from '@signalbox/messaging';
import { ModelRegistry } from '../models/model-registry.ts';
import { checkAgent } from './agent-check.ts';
import { agentDecider, agentNotFound } from './agent.decider.ts';

const ANY = ['*'];

@Injectable()
export class DefineAgentHandler {
  constructor(
    private readonly store: EventStore,
    private readonly catalogue: DefinitionCatalogue,
    private readonly models: ModelRegistry,
  ) {}

  /**
   * Answers with the agent once runs that begin here are bound to it; other replicas hear of it
   * from the same stream, within milliseconds as a rule.
   * @throws AppError `invalid` agent_unusable, with every field; `conflict`
   * agent_changed_meanwhile; `missing` agent_not_found when it was deleted since.
   */
  async handle(command: ReceivedCommand<DataOf<typeof defineAgent>>): Promise<VersionedAgent> {
    const { agent, expectedVersion } = command.data;
    await this.catalogue.whenCaughtUp();
    checkAgent(agent, {
      tools: this.catalogue.offers(ANY).map(({ name }) => name),
      agents: this.catalogue.agents(ANY).map(({ id }) => id),
      problemWith: (model) => this.models.problemWith(model),
    });
    const ref = { aggregate: 'agent', id: agent.id };
    const { state } = await execute(this.store, agentDecider, ref, {
      command: { type: 'define', id: command.id, agent, expectedVersion },
      context: causedBy(command, command.actor),
      fresh: true,
    });
    if (state.agent === undefined) throw agentNotFound();
    await this.catalogue.whenCaughtUp();
    return { ...state.agent, version: state.version };
  }
}
