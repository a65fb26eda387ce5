import {
  toolClaimed,
  toolFailed,
  toolOutcomeUnknown,
  toolRefused,
  toolSucceeded,
  type ToolInvocation,
} from '@signalbox/contracts';
import type { EventRecord } from '@signalbox/kernel';
import type { RowOf } from '../schema/table.ts';
import { toolCalls, type ToolCallStatus } from '../schema/tables.ts';
import { insert, update, type Change } from './changes.ts';
import { on, projection } from './projection.ts';

type ToolCallColumns = Partial<RowOf<typeof toolCalls>> & { readonly status: ToolCallStatus };

function begin(
  record: EventRecord,
  invocation: ToolInvocation,
  columns: ToolCallColumns,
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

function settle(record: EventRecord, columns: ToolCallColumns): readonly Change[] {
  return [
    update(
      toolCalls,
      { call_id: record.aggregateId },
      { ...columns, settled_at: record.time, sequence: record.sequence },
    ),
  ];
}

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
);
