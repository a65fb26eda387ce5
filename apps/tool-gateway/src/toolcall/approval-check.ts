import type { ApprovalEvent, ToolInvocation } from '@signalbox/contracts';
import { digestOf, type RecordedEvent } from '@signalbox/kernel';
import type { EventStore } from '@signalbox/messaging';
import { refused, type Refusal } from './refusal.ts';

/** A grant counts for one action of one run only: the one whose digest the person saw. */
export async function approvalRefusal(
  store: EventStore,
  invocation: ToolInvocation,
): Promise<Refusal | undefined> {
  const { approvalId, callId, tool, arguments: given, definitionDigest } = invocation;
  if (!approvalId) return refused('approval_missing', 'A person has to agree to this first.');
  const ref = { aggregate: 'approval', id: approvalId };
  const { events } = await store.read(ref, { fresh: true });
  const approval = events as readonly RecordedEvent<ApprovalEvent>[];
  const requested = approval.find((event) => event.type === 'approval.requested');
  const granted = approval.find((event) => event.type === 'approval.granted');
  if (!requested || !granted) return refused('approval_missing', 'Nobody has agreed to this.');
  const digest = digestOf({ kind: 'tool', callId, tool, arguments: given, definitionDigest });
  const sameRun = requested.data.executionId === invocation.executionId;
  if (sameRun && granted.data.actionDigest === digest) return undefined;
  return refused('approval_mismatch', 'What a person agreed to is another action than this one.');
}
