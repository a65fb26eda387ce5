import { defineTable } from './table.ts';

export type ProblemStatus = 'open' | 'resolved';

/** What sources report on; the latest episode of each. */
export const problems = defineTable({
  name: 'problem',
  key: ['problem_id'],
  columns: {
    problem_id: 'text',
    source: 'text',
    fingerprint: 'text',
    type: 'text',
    title: 'text',
    severity: 'text?',
    status: 'text',
    starts_at: 'timestamptz',
    first_seen: 'timestamptz',
    last_seen: 'timestamptz',
    /** The last time; it may be open again since. */
    resolved_at: 'timestamptz?',
    /** How often it was reported. */
    reports: 'integer',
    /** The signal that opened it: its decision stands for all reports. */
    signal_id: 'text',
    last_signal_id: 'text',
    sequence: 'bigint',
  },
});

/** Each time that a problem began, by the signal that said so. */
export const problemEpisodes = defineTable({
  name: 'problem_episode',
  key: ['problem_id', 'signal_id'],
  columns: {
    problem_id: 'text',
    signal_id: 'text',
    starts_at: 'timestamptz',
    opened_at: 'timestamptz',
    sequence: 'bigint',
  },
});
