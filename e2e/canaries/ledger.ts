import { appendFile, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CanaryReport } from './watch.ts';

const FILE = 'canaries.jsonl';

/** Keeps what was seen when one platform stopped, for the end of the suite. */
export async function record(folder: string | undefined, report: CanaryReport): Promise<void> {
  if (folder !== undefined) await appendFile(join(folder, FILE), `${JSON.stringify(report)}\n`);
}

/** What a whole suite comes to. */
export interface Sum {
  readonly platforms: number;
  readonly places: number;
  readonly megabytes: number;
  readonly cpuMsPerPlatform: number;
  /** Slots that held a canary and whose peer never got one. */
  readonly unused: readonly string[];
}

export async function sumOf(folder: string): Promise<Sum> {
  const lines = (await readdir(folder)).includes(FILE)
    ? (await readFile(join(folder, FILE), 'utf8')).trim().split('\n')
    : [];
  const reports = lines.map((line) => JSON.parse(line) as CanaryReport);
  const used = new Set(reports.flatMap((report) => report.used));
  const slots = new Set(reports.flatMap((report) => report.slots));
  const total = (of: (report: CanaryReport) => number) =>
    reports.reduce((sum, report) => sum + of(report), 0);
  return {
    platforms: reports.length,
    places: total(({ places }) => places),
    megabytes: Math.round(total(({ characters }) => characters) / 1e6),
    cpuMsPerPlatform: Math.round(total(({ cpuMs }) => cpuMs) / Math.max(1, reports.length)),
    unused: [...slots].filter((slot) => !used.has(slot)).toSorted(),
  };
}
