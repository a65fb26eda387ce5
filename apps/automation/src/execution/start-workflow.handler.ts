import { Injectable } from '@nestjs/common';
import type { startWorkflow, Workflow } from '@signalbox/contracts';
import { DefinitionCatalogue, ExecutionRunner, type DefinedTarget } from '@signalbox/executions';
import type { DataOf, ReceivedCommand } from '@signalbox/kernel';
import type { WorkflowPlan } from './workflow.planner.ts';

@Injectable()
export class StartWorkflowHandler {
  constructor(
    private readonly runner: ExecutionRunner,
    private readonly catalogue: DefinitionCatalogue,
  ) {}

  async handle(command: ReceivedCommand<DataOf<typeof startWorkflow>>): Promise<void> {
    const { workflow: id, ...start } = command.data;
    const workflow = await this.catalogue.workflow(id);
    const plan = workflow ? this.planOf(workflow) : emptyPlan(id);
    const unknownTarget = workflow ? undefined : `There is no workflow ${id}.`;
    const begin = { type: 'start', start, plan, unknownTarget } as const;
    await this.runner.handle(start.executionId, begin, command);
  }

  /** A step whose tool nobody offers gets no digest; it fails when its turn comes. */
  private planOf({ definition, version }: DefinedTarget<Workflow>): WorkflowPlan {
    const steps = definition.steps.map((step) => {
      const offer = this.catalogue.tool(step.tool);
      return {
        ...step,
        definitionDigest: offer?.definitionDigest,
        approvalRequired: offer?.approvalRequired ?? false,
      };
    });
    return { kind: 'automation', workflow: definition.id, workflowVersion: version, steps };
  }
}

function emptyPlan(workflow: string): WorkflowPlan {
  return { kind: 'automation', workflow, workflowVersion: 1, steps: [] };
}
