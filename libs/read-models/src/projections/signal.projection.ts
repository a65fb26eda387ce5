import { decisionMade, signalReceived } from '@signalbox/contracts';
import { decisions, executions, signals } from '../schema/tables.ts';
import { insert, type Change } from './changes.ts';
import { on, projection } from './projection.ts';

export const signalProjection = projection(
  on(signalReceived, ({ data: { signal }, record }) => [
    insert(signals, {
      signal_id: signal.id,
      source: signal.source,
      type: signal.type,
      title: signal.title,
      severity: signal.severity ?? null,
      status: signal.status,
      fingerprint: signal.fingerprint,
      labels: signal.labels,
      starts_at: new Date(signal.startsAt),
      received_at: new Date(signal.receivedAt),
      sequence: record.sequence,
    }),
  ]),
  on(decisionMade, ({ data, record }) => {
    const { target } = data;
    const targetName = target?.kind === 'agent' ? target.agent : target?.workflow;
    const changes: Change[] = [
      insert(decisions, {
        signal_id: record.aggregateId,
        outcome: data.outcome,
        decided_by: data.by,
        risk_level: data.riskLevel,
        target_kind: target?.kind ?? null,
        target: targetName ?? null,
        execution_id: data.executionId ?? null,
        approval_required: data.approvalRequired,
        rule_id: data.rule?.id ?? null,
        rule_name: data.rule?.name ?? null,
        model: data.model ?? null,
        trace: data.trace,
        message: data.message,
        decided_at: record.time,
        sequence: record.sequence,
        grouped_with: data.groupedWith ?? null,
      }),
    ];
    if (target === undefined || targetName === undefined || data.executionId === undefined) {
      return changes;
    }
    changes.push(
      insert(executions, {
        execution_id: data.executionId,
        signal_id: record.aggregateId,
        kind: target.kind,
        target: targetName,
        objective: target.kind === 'agent' ? target.objective : '',
        risk_level: data.riskLevel,
        status: 'pending',
        approval_required: data.approvalRequired,
        approval_id: null,
        outcome: null,
        started_at: null,
        ended_at: null,
        updated_at: record.time,
        sequence: record.sequence,
        // Known once it has begun.
        source: null,
      }),
    );
    return changes;
  }),
);
