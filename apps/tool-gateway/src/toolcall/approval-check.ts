import type { ApprovalEvent, ToolInvocation } from '@signalbox/contracts';
import { digestOf, type RecordedEvent } from '@signalbox/kernel';
import type { EventStore } from '@signalbox/messaging';
import { refused, type Refusal } from './refusal.ts';

type Approval = readonly RecordedEvent<ApprovalEvent>[];

/** What stands recorded of the approval that the call names; nothing when it names none. */
export async function approvalOf(
  store: EventStore,
  { approvalId }: ToolInvocation,
): Promise<Approval> {
  if (!approvalId) return [];
  const { events } = await store.read({ aggregate: 'approval', id: approvalId }, { fresh: true });
  return events as Approval;
}

/** A grant counts for one action of one run only: the one whose digest the person saw. */
export function approvalRefusal(
  { approvalId, executionId, callId, tool, arguments: given, definitionDigest }: ToolInvocation,
  approval: Approval,
): Refusal | undefined {
  if (!approvalId) return refused('approval_missing', 'A person has to agree to this first.');
  const requested = approval.find((event) => event.type === 'approval.requested');
  const granted = approval.find((event) => event.type === 'approval.granted');
  if (!requested || !granted) return refused('approval_missing', 'Nobody has agreed to this.');
  const digest = digestOf({ kind: 'tool', callId, tool, arguments: given, definitionDigest });
  const sameRun = requested.data.executionId === executionId;
  if (sameRun && granted.data.actionDigest === digest) return undefined;
  return refused('approval_mismatch', 'What a person agreed to is another action than this one.');
}
