import {
  approvalExpired,
  approvalGranted,
  approvalRejected,
  approvalRequested,
  approvalWithdrawn,
} from '@signalbox/contracts';
import type { EventRecord } from '@signalbox/kernel';
import { approvals, type ApprovalStatus } from '../schema/tables.ts';
import { insert, update, type Change, type NewValues } from './changes.ts';
import { on, projection } from './projection.ts';

type ApprovalColumns = NewValues<typeof approvals> & { readonly status: ApprovalStatus };

function resolve(record: EventRecord, columns: ApprovalColumns): readonly Change[] {
  return [
    update(
      approvals,
      { approval_id: record.aggregateId },
      { ...columns, resolved_at: record.time, sequence: record.sequence },
    ),
  ];
}

export const approvalProjection = projection(
  on(approvalRequested, ({ data, record }) => [
    insert(approvals, {
      approval_id: record.aggregateId,
      execution_id: data.executionId,
      signal_id: data.signalId,
      action: data.action,
      action_digest: data.actionDigest,
      description: data.description,
      risk_level: data.riskLevel,
      status: 'pending',
      requested_at: record.time,
      expires_at: new Date(data.expiresAt),
      resolved_at: null,
      resolved_by: null,
      note: null,
      sequence: record.sequence,
    }),
  ]),
  on(approvalGranted, ({ data, record }) =>
    resolve(record, {
      status: 'approved',
      resolved_by: data.by,
      ...(data.note && { note: data.note }),
    }),
  ),
  on(approvalRejected, ({ data, record }) =>
    resolve(record, {
      status: 'rejected',
      resolved_by: data.by,
      ...(data.note && { note: data.note }),
    }),
  ),
  on(approvalExpired, ({ record }) => resolve(record, { status: 'expired' })),
  on(approvalWithdrawn, ({ data, record }) =>
    resolve(record, { status: 'withdrawn', note: data.reason }),
  ),
);
