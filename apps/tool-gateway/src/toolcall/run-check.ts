import type { ExecutionEvent, ToolInvocation } from '@signalbox/contracts';
import type { RecordedEvent } from '@signalbox/kernel';
import type { EventStore } from '@signalbox/messaging';
import { refused, type Refusal } from './refusal.ts';

/**
 * A run writes nothing behind the request of a tool while it waits for that tool. Whoever was
 * frozen before sending it, while the run was ended or went on elsewhere, comes too late.
 */
export async function runRefusal(
  store: EventStore,
  { executionId, callId }: ToolInvocation,
): Promise<Refusal | undefined> {
  if (isNobodys({ executionId, callId })) return undefined;
  const event = await store.last({ aggregate: 'execution', id: executionId });
  const last = event as RecordedEvent<ExecutionEvent> | undefined;
  if (last?.type === 'execution.tool_requested' && last.data.use.callId === callId) {
    return undefined;
  }
  return refused('run_moved_on', 'The run that asked for this no longer waits for it.');
}

/** A call that no run has asked for, and none is told of, names itself in the place of one. */
export function isNobodys(call: Pick<ToolInvocation, 'executionId' | 'callId'>): boolean {
  return call.executionId === call.callId;
}
