import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import {
  invokeTool,
  resolveCall,
  type ToolInvocation,
  type ToolOutcome,
} from '@signalbox/contracts';
import type { DataOf, JsonObject, ReceivedCommand } from '@signalbox/kernel';
import { OnCommand } from '@signalbox/messaging';
import { InvokeToolHandler } from './invoke-tool.handler.ts';
import { ResolveCallHandler } from './resolve-call.handler.ts';

/** The gateway's edge onto the command stream. */
@Controller()
export class ToolcallNats {
  constructor(
    private readonly invoke: InvokeToolHandler,
    private readonly resolve: ResolveCallHandler,
  ) {}

  @OnCommand(invokeTool)
  onInvoke(@Payload() command: ReceivedCommand<ToolInvocation>): Promise<ToolOutcome> {
    return this.invoke.handle(command);
  }

  @OnCommand(resolveCall)
  onResolve(@Payload() command: ReceivedCommand<DataOf<typeof resolveCall>>): Promise<JsonObject> {
    return this.resolve.handle(command);
  }
}
