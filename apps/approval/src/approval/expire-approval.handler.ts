import { Injectable } from '@nestjs/common';
import type { expireApproval } from '@signalbox/contracts';
import { causedBy, Clock, type DataOf, type ReceivedCommand } from '@signalbox/kernel';
import { CommandBus, EventStore, execute } from '@signalbox/messaging';
import { approvalDecider } from './approval.decider.ts';
import { settle } from './settlement.ts';

@Injectable()
export class ExpireApprovalHandler {
  constructor(
    private readonly store: EventStore,
    private readonly bus: CommandBus,
    private readonly clock: Clock,
  ) {}

  async handle(command: ReceivedCommand<DataOf<typeof expireApproval>>): Promise<void> {
    const ref = { aggregate: 'approval', id: command.data.approvalId };
    const { state } = await execute(this.store, approvalDecider, ref, {
      command: { type: 'expire', now: this.clock.now() },
      context: causedBy(command, 'service:approval'),
      fresh: true,
    });
    await settle(this.bus, state, command);
  }
}
