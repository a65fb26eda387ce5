import { Injectable } from '@nestjs/common';
import type { Agent, startAgent } from '@signalbox/contracts';
import { DefinitionCatalogue, ExecutionRunner, type DefinedTarget } from '@signalbox/executions';
import type { DataOf, ReceivedCommand } from '@signalbox/kernel';
import type { AgentPlan } from './agent.planner.ts';

@Injectable()
export class StartAgentHandler {
  constructor(
    private readonly runner: ExecutionRunner,
    private readonly catalogue: DefinitionCatalogue,
  ) {}

  async handle(command: ReceivedCommand<DataOf<typeof startAgent>>): Promise<void> {
    const { agent: id, ...start } = command.data;
    const agent = await this.catalogue.agent(id);
    const plan = agent ? this.planOf(agent) : emptyPlan(id);
    const unknownTarget = agent ? undefined : `There is no agent ${id}.`;
    const begin = { type: 'start', start, plan, unknownTarget } as const;
    await this.runner.handle(start.executionId, begin, command);
  }

  /** What the run is bound to for its whole life, whatever is defined meanwhile. */
  private planOf({ definition, version }: DefinedTarget<Agent>): AgentPlan {
    const { id, role, tools, stepsMax } = definition;
    return {
      kind: 'agent',
      agent: id,
      agentVersion: version,
      role,
      tools: [...this.catalogue.offers(tools)],
      stepsMax,
    };
  }
}

function emptyPlan(agent: string): AgentPlan {
  return { kind: 'agent', agent, agentVersion: 1, role: '', tools: [], stepsMax: 1 };
}
