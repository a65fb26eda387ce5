import { audit } from '../schema/tables.ts';
import { insert } from './changes.ts';
import type { Projection } from './projection.ts';

/** Every event, also of a type that nothing else here knows. */
export const auditProjection: Projection = (event) => {
  const { record } = event;
  return [
    insert(audit, {
      sequence: record.sequence,
      event_id: record.id,
      type: event.type,
      aggregate: record.aggregate,
      aggregate_id: record.aggregateId,
      version: record.version,
      schema_version: event.schemaVersion,
      time: record.time,
      actor: record.actor,
      correlation_id: record.correlationId,
      causation_id: record.causationId,
      epoch: record.epoch,
      traceparent: record.traceparent ?? null,
      data: event.data,
    }),
  ];
};
