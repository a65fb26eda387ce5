import type { ChurnReport } from './churn.ts';

/** What a collector of garbage may not have returned yet, and a connection pool still holds. */
const GROWTH_MAX_BYTES = 100_000_000;
const OPEN_FILES_MORE_MAX = 10;
const FINDINGS_MAX = 20;

/** What did not hold, a line each. */
export function findingsIn(report: ChurnReport): readonly string[] {
  const { before, after, otherFailures, restarted, calls, kills } = report;
  const more = (what: 'processes' | 'openFiles' | 'bytes', max: number) =>
    after[what] - before[what] > max ? [`${what}: ${before[what]} became ${after[what]}`] : [];
  return [
    ...otherFailures.slice(0, FINDINGS_MAX),
    ...(otherFailures.length > FINDINGS_MAX ? [`${otherFailures.length} such failures`] : []),
    ...(restarted ? ['the gateway died'] : []),
    ...(calls === 0 || kills === 0 ? [`${calls} calls and ${kills} kills show nothing`] : []),
    ...more('processes', 0),
    ...more('openFiles', OPEN_FILES_MORE_MAX),
    ...more('bytes', GROWTH_MAX_BYTES),
  ];
}
