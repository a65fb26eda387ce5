import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import {
  expireApproval,
  requestApproval,
  resolveApproval,
  withdrawApproval,
} from '@signalbox/contracts';
import type { DataOf, JsonObject, ReceivedCommand } from '@signalbox/kernel';
import { OnCommand } from '@signalbox/messaging';
import { ExpireApprovalHandler } from './expire-approval.handler.ts';
import { RequestApprovalHandler } from './request-approval.handler.ts';
import { ResolveApprovalHandler } from './resolve-approval.handler.ts';
import { WithdrawApprovalHandler } from './withdraw-approval.handler.ts';

@Controller()
export class ApprovalNats {
  constructor(
    private readonly request: RequestApprovalHandler,
    private readonly resolve: ResolveApprovalHandler,
    private readonly expire: ExpireApprovalHandler,
    private readonly withdraw: WithdrawApprovalHandler,
  ) {}

  @OnCommand(requestApproval)
  onRequest(@Payload() command: ReceivedCommand<DataOf<typeof requestApproval>>): Promise<void> {
    return this.request.handle(command);
  }

  @OnCommand(resolveApproval)
  onResolve(
    @Payload() command: ReceivedCommand<DataOf<typeof resolveApproval>>,
  ): Promise<JsonObject> {
    return this.resolve.handle(command);
  }

  @OnCommand(expireApproval)
  onExpire(@Payload() command: ReceivedCommand<DataOf<typeof expireApproval>>): Promise<void> {
    return this.expire.handle(command);
  }

  @OnCommand(withdrawApproval)
  onWithdraw(@Payload() command: ReceivedCommand<DataOf<typeof withdrawApproval>>): Promise<void> {
    return this.withdraw.handle(command);
  }
}
