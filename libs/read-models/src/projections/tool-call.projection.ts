import {
  toolcallResolved,
  toolClaimed,
  toolFailed,
  toolOutcomeUnknown,
  toolRefused,
  toolSucceeded,
  type ToolInvocation,
} from '@signalbox/contracts';
import type { DataOf, EventRecord } from '@signalbox/kernel';
import type { RowOf } from '../schema/table.ts';
import { toolCalls, type ToolCallStatus } from '../schema/tables.ts';
import { insert, update, type Change, type NewValues } from './changes.ts';
import { on, projection } from './projection.ts';

type Status = { readonly status: ToolCallStatus };

function begin(
  record: EventRecord,
  invocation: ToolInvocation,
  columns: Partial<RowOf<typeof toolCalls>> & Status,
): readonly Change[] {
  return [
    insert(toolCalls, {
      call_id: record.aggregateId,
      execution_id: invocation.executionId,
      tool: invocation.tool,
      caller: invocation.caller,
      arguments: invocation.arguments,
      approval_id: invocation.approvalId ?? null,
      repeatable: null,
      gateway: null,
      code: null,
      message: null,
      duration_ms: null,
      claimed_at: null,
      settled_at: null,
      sequence: record.sequence,
      ...columns,
    }),
  ];
}

function settle(
  record: EventRecord,
  columns: NewValues<typeof toolCalls> & Status,
): readonly Change[] {
  return [
    update(
      toolCalls,
      { call_id: record.aggregateId },
      { ...columns, settled_at: record.time, sequence: record.sequence },
    ),
  ];
}

/** How a parked call stands once a person has said what became of it. */
const verdicts = {
  done: 'succeeded',
  not_done: 'failed',
  retry: 'claimed',
} as const satisfies Record<DataOf<typeof toolcallResolved>['verdict'], ToolCallStatus>;

export const toolCallProjection = projection(
  on(toolClaimed, ({ data, record }) =>
    begin(record, data.invocation, {
      status: 'claimed',
      repeatable: data.repeatable,
      gateway: data.gateway,
      claimed_at: record.time,
    }),
  ),
  on(toolRefused, ({ data, record }) =>
    begin(record, data.invocation, {
      status: 'refused',
      code: data.clause,
      message: data.message,
      settled_at: record.time,
    }),
  ),
  on(toolSucceeded, ({ data, record }) =>
    settle(record, { status: 'succeeded', duration_ms: data.durationMs }),
  ),
  on(toolFailed, ({ data, record }) =>
    settle(record, {
      status: 'failed',
      code: data.code,
      message: data.message,
      duration_ms: data.durationMs,
    }),
  ),
  on(toolOutcomeUnknown, ({ data, record }) =>
    settle(record, { status: 'unknown', message: data.message }),
  ),
  on(toolcallResolved, ({ data, record }) =>
    settle(record, { status: verdicts[data.verdict], ...(data.note && { message: data.note }) }),
  ),
);
