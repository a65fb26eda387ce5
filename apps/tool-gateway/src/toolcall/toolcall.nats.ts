import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { invokeTool, type ToolInvocation, type ToolOutcome } from '@signalbox/contracts';
import type { ReceivedCommand } from '@signalbox/kernel';
import { OnCommand } from '@signalbox/messaging';
import { InvokeToolHandler } from './invoke-tool.handler.ts';

/** The gateway's edge onto the command stream. */
@Controller()
export class ToolcallNats {
  constructor(private readonly invoke: InvokeToolHandler) {}

  @OnCommand(invokeTool)
  onInvoke(@Payload() command: ReceivedCommand<ToolInvocation>): Promise<ToolOutcome> {
    return this.invoke.handle(command);
  }
}
