import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { defineAgent, deleteAgent, type VersionedAgent } from '@signalbox/contracts';
import type { DataOf, ReceivedCommand } from '@signalbox/kernel';
import { OnCommand } from '@signalbox/messaging';
import { DefineAgentHandler } from './define-agent.handler.ts';
import { DeleteAgentHandler } from './delete-agent.handler.ts';

@Controller()
export class AgentNats {
  constructor(
    private readonly define: DefineAgentHandler,
    private readonly remove: DeleteAgentHandler,
  ) {}

  @OnCommand(defineAgent)
  onDefine(
    @Payload() command: ReceivedCommand<DataOf<typeof defineAgent>>,
  ): Promise<VersionedAgent> {
    return this.define.handle(command);
  }

  @OnCommand(deleteAgent)
  onDelete(
    @Payload() command: ReceivedCommand<DataOf<typeof deleteAgent>>,
  ): Promise<{ readonly version: number }> {
    return this.remove.handle(command);
  }
}
