import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import {
  cancelWorkflow,
  settleWorkflowApproval,
  settleWorkflowTool,
  startWorkflow,
} from '@signalbox/contracts';
import { ExecutionRunner } from '@signalbox/executions';
import type { DataOf, ReceivedCommand } from '@signalbox/kernel';
import { OnCommand } from '@signalbox/messaging';
import { StartWorkflowHandler } from './start-workflow.handler.ts';

@Controller()
export class ExecutionNats {
  constructor(
    private readonly start: StartWorkflowHandler,
    private readonly runner: ExecutionRunner,
  ) {}

  @OnCommand(startWorkflow)
  onStart(@Payload() command: ReceivedCommand<DataOf<typeof startWorkflow>>): Promise<void> {
    return this.start.handle(command);
  }

  @OnCommand(settleWorkflowTool)
  onTool(@Payload() command: ReceivedCommand<DataOf<typeof settleWorkflowTool>>): Promise<void> {
    const { data } = command;
    return this.runner.handle(data.executionId, { type: 'settle_tool', ...data }, command);
  }

  @OnCommand(settleWorkflowApproval)
  onApproval(
    @Payload() command: ReceivedCommand<DataOf<typeof settleWorkflowApproval>>,
  ): Promise<void> {
    const { data } = command;
    return this.runner.handle(data.executionId, { type: 'settle_approval', ...data }, command);
  }

  @OnCommand(cancelWorkflow)
  onCancel(@Payload() command: ReceivedCommand<DataOf<typeof cancelWorkflow>>): Promise<void> {
    const { data } = command;
    return this.runner.handle(data.executionId, { type: 'cancel', ...data }, command);
  }
}
