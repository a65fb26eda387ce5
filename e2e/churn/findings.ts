import type { ChurnReport } from './churn.ts';

/** Pages that are not given back though their garbage was collected, and what a pool still holds. */
const GROWTH_MAX_BYTES = 50_000_000;
const OPEN_FILES_MORE_MAX = 10;
const FINDINGS_MAX = 20;
/** After many short lives a start waits for 30 s, and may be killed a few times over. */
const AWAY_MAX_MS = 120_000;

/** What did not hold, a line each. */
export function findingsIn(report: ChurnReport): readonly string[] {
  const { before, after, otherFailures, restarted, calls, kills } = report;
  const more = (what: 'processes' | 'openFiles' | 'bytes', max: number) =>
    after[what] - before[what] > max ? [`${what}: ${before[what]} became ${after[what]}`] : [];
  return [
    ...otherFailures.slice(0, FINDINGS_MAX),
    ...(otherFailures.length > FINDINGS_MAX ? [`${otherFailures.length} such failures`] : []),
    ...Object.entries(report.awayMs)
      .filter(([, ms]) => ms > AWAY_MAX_MS)
      .map(([name, ms]) => `${name} was away for ${Math.round(ms / 1_000)} s`),
    ...(restarted ? ['the gateway died'] : []),
    ...(calls === 0 || kills === 0 ? [`${calls} calls and ${kills} kills show nothing`] : []),
    ...more('processes', 0),
    ...more('openFiles', OPEN_FILES_MORE_MAX),
    ...more('bytes', GROWTH_MAX_BYTES),
  ];
}
