import {
  approvalAwaited,
  approvalObserved,
  executionActivated,
  executionCompleted,
  executionFailed,
  executionHalted,
  executionRejected,
  executionStarted,
} from '@signalbox/contracts';
import type { EventRecord } from '@signalbox/kernel';
import { executions, type ExecutionStatus } from '../schema/tables.ts';
import { insert, update, type Change, type NewValues } from './changes.ts';
import { on, projection } from './projection.ts';

type ExecutionColumns = NewValues<typeof executions> & { readonly status: ExecutionStatus };

function move(record: EventRecord, columns: ExecutionColumns): readonly Change[] {
  return [
    update(
      executions,
      { execution_id: record.aggregateId },
      { ...columns, updated_at: record.time, sequence: record.sequence },
    ),
  ];
}

function end(record: EventRecord, status: ExecutionStatus, outcome: string): readonly Change[] {
  return move(record, { status, outcome, ended_at: record.time });
}

export const executionProjection = projection(
  on(executionStarted, ({ data, record }) => [
    insert(executions, {
      execution_id: record.aggregateId,
      signal_id: data.signalId,
      kind: data.plan.kind,
      target: data.plan.kind === 'agent' ? data.plan.agent : data.plan.workflow,
      objective: data.objective,
      risk_level: data.riskLevel,
      status: 'pending',
      approval_required: data.approvalRequired,
      approval_id: null,
      outcome: null,
      started_at: record.time,
      ended_at: null,
      updated_at: record.time,
      sequence: record.sequence,
      source: data.source ?? null,
    }),
  ]),
  on(executionActivated, ({ record }) => move(record, { status: 'running' })),
  on(approvalAwaited, ({ data, record }) =>
    move(record, { status: 'awaiting_approval', approval_id: data.approvalId }),
  ),
  on(approvalObserved, ({ data, record }) =>
    data.outcome === 'granted' ? move(record, { status: 'running' }) : [],
  ),
  on(executionCompleted, ({ data, record }) => end(record, 'completed', data.summary)),
  on(executionFailed, ({ data, record }) =>
    end(record, 'failed', `${data.reason}: ${data.detail}`),
  ),
  on(executionRejected, ({ data, record }) => end(record, 'rejected', data.outcome)),
  on(executionHalted, ({ data, record }) => end(record, 'halted', data.detail)),
);
