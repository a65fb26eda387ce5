import { settleAgentApproval, settleWorkflowApproval } from '@signalbox/contracts';
import { causedBy, deriveId, type ReceivedCommand } from '@signalbox/kernel';
import type { CommandBus } from '@signalbox/messaging';
import type { ApprovalState } from './approval.decider.ts';

/**
 * Tells the run that waits how its approval ended. Only the message that closed it says so, again
 * whenever it is redelivered, so that what is sent is the same however often it is sent.
 */
export async function settle(
  bus: CommandBus,
  approval: ApprovalState,
  cause: ReceivedCommand,
): Promise<void> {
  if (!('closedBy' in approval)) return;
  if (approval.closedBy !== cause.id) return;
  const { approvalId, executionId, signalId, replyTo } = approval.request;
  const { status: outcome, note } = approval;
  const definition = replyTo === 'automation' ? settleWorkflowApproval : settleAgentApproval;
  await bus.send(definition.of({ executionId, approvalId, outcome, note }), {
    id: deriveId(approvalId, 'settle'),
    context: { ...causedBy(cause, 'service:approval'), correlationId: signalId },
  });
}
