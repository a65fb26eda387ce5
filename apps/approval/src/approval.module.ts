import { Module, type DynamicModule } from '@nestjs/common';
import { allEvents } from '@signalbox/contracts';
import { PlatformModule } from '@signalbox/service';
import { ApprovalNats } from './approval/approval.nats.ts';
import { ExpireApprovalHandler } from './approval/expire-approval.handler.ts';
import { RequestApprovalHandler } from './approval/request-approval.handler.ts';
import { ResolveApprovalHandler } from './approval/resolve-approval.handler.ts';
import { WithdrawApprovalHandler } from './approval/withdraw-approval.handler.ts';
import { ApprovalConfig } from './config.ts';

@Module({})
export class ApprovalModule {
  static register(config: ApprovalConfig): DynamicModule {
    return {
      module: ApprovalModule,
      imports: [
        PlatformModule.register({
          service: 'approval',
          events: allEvents,
          config: config.platform,
        }),
      ],
      controllers: [ApprovalNats],
      providers: [
        { provide: ApprovalConfig, useValue: config },
        RequestApprovalHandler,
        ResolveApprovalHandler,
        ExpireApprovalHandler,
        WithdrawApprovalHandler,
      ],
    };
  }
}
