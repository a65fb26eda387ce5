import { Injectable } from '@nestjs/common';
import type { withdrawApproval } from '@signalbox/contracts';
import { causedBy, type DataOf, type ReceivedCommand } from '@signalbox/kernel';
import { EventStore, execute } from '@signalbox/messaging';
import { approvalDecider } from './approval.decider.ts';

@Injectable()
export class WithdrawApprovalHandler {
  constructor(private readonly store: EventStore) {}

  /** The run that asked has ended, so it is told nothing. */
  async handle(command: ReceivedCommand<DataOf<typeof withdrawApproval>>): Promise<void> {
    const { approvalId, reason } = command.data;
    await execute(
      this.store,
      approvalDecider,
      { aggregate: 'approval', id: approvalId },
      {
        command: { type: 'withdraw', reason },
        context: causedBy(command, 'service:approval'),
        fresh: true,
      },
    );
  }
}
