import { problemOpened, problemRepeated, problemResolved } from '@signalbox/contracts';
import { problemEpisodes, problems } from '../schema/problem.tables.ts';
import { insert, update } from './changes.ts';
import { on, projection } from './projection.ts';

export const problemProjection = projection(
  on(problemOpened, ({ data, record }) => {
    const key = { problem_id: record.aggregateId };
    const startsAt = new Date(data.startsAt);
    const seenAt = new Date(data.seenAt);
    return [
      insert(problems, {
        ...key,
        source: data.source,
        fingerprint: data.fingerprint,
        type: data.type,
        title: data.title,
        severity: data.severity ?? null,
        status: 'open',
        starts_at: startsAt,
        first_seen: seenAt,
        last_seen: seenAt,
        resolved_at: null,
        reports: 1,
        signal_id: data.signalId,
        last_signal_id: data.signalId,
        sequence: record.sequence,
      }),
      insert(problemEpisodes, {
        ...key,
        signal_id: data.signalId,
        starts_at: startsAt,
        opened_at: seenAt,
        sequence: record.sequence,
      }),
    ];
  }),
  on(problemRepeated, ({ data, record }) => [
    update(
      problems,
      { problem_id: record.aggregateId },
      {
        // Its source may have taken back that it was over.
        status: 'open',
        last_seen: new Date(data.seenAt),
        reports: data.count,
        last_signal_id: data.signalId,
        sequence: record.sequence,
      },
    ),
  ]),
  on(problemResolved, ({ data, record }) => [
    update(
      problems,
      { problem_id: record.aggregateId },
      {
        status: 'resolved',
        last_seen: new Date(data.seenAt),
        resolved_at: new Date(data.seenAt),
        last_signal_id: data.signalId,
        sequence: record.sequence,
      },
    ),
  ]),
);
