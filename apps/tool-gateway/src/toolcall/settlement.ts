import {
  settleAgentTool,
  settleWorkflowTool,
  type ToolInvocation,
  type ToolOutcome,
} from '@signalbox/contracts';
import type { MessageContext } from '@signalbox/kernel';
import type { CommandBus } from '@signalbox/messaging';
import { isNobodys } from './run-check.ts';

/** Tells the run that asked, if one did, what became of its call. */
export async function settle(
  bus: CommandBus,
  { executionId, callId, replyTo }: ToolInvocation,
  outcome: ToolOutcome,
  sent: { readonly id: string; readonly context: MessageContext },
): Promise<void> {
  if (isNobodys({ executionId, callId })) return;
  const definition = replyTo === 'automation' ? settleWorkflowTool : settleAgentTool;
  await bus.send(definition.of({ executionId, callId, outcome }), sent);
}
