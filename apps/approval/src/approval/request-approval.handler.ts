import { Injectable } from '@nestjs/common';
import { expireApproval, type requestApproval } from '@signalbox/contracts';
import { causedBy, Clock, deriveId, type DataOf, type ReceivedCommand } from '@signalbox/kernel';
import { EventStore, execute, Timers } from '@signalbox/messaging';
import { ApprovalConfig } from '../config.ts';
import { approvalDecider } from './approval.decider.ts';

@Injectable()
export class RequestApprovalHandler {
  constructor(
    private readonly store: EventStore,
    private readonly timers: Timers,
    private readonly clock: Clock,
    private readonly config: ApprovalConfig,
  ) {}

  async handle(command: ReceivedCommand<DataOf<typeof requestApproval>>): Promise<void> {
    const { data: request } = command;
    const { approvalId } = request;
    const context = causedBy(command, 'service:approval');
    const { state } = await execute(
      this.store,
      approvalDecider,
      { aggregate: 'approval', id: approvalId },
      {
        command: {
          type: 'request',
          request,
          now: this.clock.now(),
          ttlSeconds: this.config.ttlSeconds,
        },
        context,
      },
    );
    if (state.status !== 'pending') return;
    await this.timers.schedule(expireApproval.of({ approvalId }), {
      id: deriveId(approvalId, 'expire'),
      at: state.expiresAt,
      context,
    });
  }
}
