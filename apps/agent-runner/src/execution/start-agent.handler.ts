import { Injectable } from '@nestjs/common';
import type { Agent, startAgent } from '@signalbox/contracts';
import { DefinitionCatalogue, ExecutionRunner } from '@signalbox/executions';
import { schemaValidator, type SchemaValidator } from '@signalbox/json-schema';
import type { DataOf, ReceivedCommand } from '@signalbox/kernel';
import { emptyPlan, pinnedPlan } from './pinned-plan.ts';

type Start = Omit<DataOf<typeof startAgent>, 'agent'>;

@Injectable()
export class StartAgentHandler {
  /** Compiled once for each definition. */
  private readonly validators = new WeakMap<Agent, SchemaValidator>();

  constructor(
    private readonly runner: ExecutionRunner,
    private readonly catalogue: DefinitionCatalogue,
  ) {}

  async handle(command: ReceivedCommand<DataOf<typeof startAgent>>): Promise<void> {
    const { agent: id, ...start } = command.data;
    const agent = await this.catalogue.agent(id);
    const plan = agent ? pinnedPlan(agent, start.input, this.catalogue) : emptyPlan(id);
    const unknownTarget = agent ? undefined : `There is no agent ${id}.`;
    const invalidInput = agent && this.problemWith(start, agent.definition);
    const begin = { type: 'start', start, plan, unknownTarget, invalidInput } as const;
    await this.runner.handle(start.executionId, begin, command);
  }

  /** The arguments of a sub-agent were looked at where it was used. */
  private problemWith({ input, parent }: Start, agent: Agent): string | undefined {
    const { id, inputSchema } = agent;
    if (inputSchema === undefined || parent !== undefined) return undefined;
    try {
      const problemOf = this.validators.get(agent) ?? schemaValidator(inputSchema, 'input');
      this.validators.set(agent, problemOf);
      const problem = problemOf(input);
      return problem && `The input does not fit the agent ${id}: ${problem}.`;
    } catch (error) {
      // One that an older release took; without this the command would be a dead letter.
      return `The input schema of the agent ${id} is not usable: ${(error as Error).message}.`;
    }
  }
}
