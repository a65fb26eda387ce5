import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import {
  cancelAgent,
  continueAgent,
  settleAgentApproval,
  settleAgentTool,
  settleLease,
  startAgent,
} from '@signalbox/contracts';
import { ExecutionRunner } from '@signalbox/executions';
import type { DataOf, ReceivedCommand } from '@signalbox/kernel';
import { OnCommand } from '@signalbox/messaging';
import { StartAgentHandler } from './start-agent.handler.ts';

@Controller()
export class ExecutionNats {
  constructor(
    private readonly start: StartAgentHandler,
    private readonly runner: ExecutionRunner,
  ) {}

  @OnCommand(startAgent)
  onStart(@Payload() command: ReceivedCommand<DataOf<typeof startAgent>>): Promise<void> {
    return this.start.handle(command);
  }

  @OnCommand(settleAgentTool)
  onTool(@Payload() command: ReceivedCommand<DataOf<typeof settleAgentTool>>): Promise<void> {
    const { data } = command;
    return this.runner.handle(data.executionId, { type: 'settle_tool', ...data }, command);
  }

  @OnCommand(settleAgentApproval)
  onApproval(
    @Payload() command: ReceivedCommand<DataOf<typeof settleAgentApproval>>,
  ): Promise<void> {
    const { data } = command;
    return this.runner.handle(data.executionId, { type: 'settle_approval', ...data }, command);
  }

  @OnCommand(settleLease)
  onLease(@Payload() command: ReceivedCommand<DataOf<typeof settleLease>>): Promise<void> {
    const { data } = command;
    return this.runner.handle(data.executionId, { type: 'settle_lease', ...data }, command);
  }

  @OnCommand(cancelAgent)
  onCancel(@Payload() command: ReceivedCommand<DataOf<typeof cancelAgent>>): Promise<void> {
    const { data } = command;
    return this.runner.handle(data.executionId, { type: 'cancel', ...data }, command);
  }

  @OnCommand(continueAgent)
  onContinue(@Payload() command: ReceivedCommand<DataOf<typeof continueAgent>>): Promise<void> {
    return this.runner.handle(command.data.executionId, { type: 'continue' }, command);
  }
}
