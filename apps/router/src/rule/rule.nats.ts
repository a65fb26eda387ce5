import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { defineRule, deleteRule, type VersionedRule } from '@signalbox/contracts';
import type { DataOf, ReceivedCommand } from '@signalbox/kernel';
import { OnCommand } from '@signalbox/messaging';
import { DefineRuleHandler } from './define-rule.handler.ts';
import { DeleteRuleHandler } from './delete-rule.handler.ts';

@Controller()
export class RuleNats {
  constructor(
    private readonly define: DefineRuleHandler,
    private readonly remove: DeleteRuleHandler,
  ) {}

  @OnCommand(defineRule)
  onDefine(@Payload() command: ReceivedCommand<DataOf<typeof defineRule>>): Promise<VersionedRule> {
    return this.define.handle(command);
  }

  @OnCommand(deleteRule)
  onDelete(
    @Payload() command: ReceivedCommand<DataOf<typeof deleteRule>>,
  ): Promise<{ readonly version: number }> {
    return this.remove.handle(command);
  }
}
