import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chosenSeed } from '../random.ts';
import { churn, type ChurnReport } from './churn.ts';
import { findingsIn } from './findings.ts';
import { churnedUpstreams } from './upstreams.ts';

const DURATION_MS = 20_000;

describe('MCP servers of others behind one gateway', () => {
  const seed = chosenSeed(process.env);
  let folder: string;
  let report: ChurnReport;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'signalbox-churn-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('GTW-4: each is killed at random, no other’s call fails, and nothing is left behind', async () => {
    console.log(`seed ${seed}`);
    report = await churn({
      durationMs: DURATION_MS,
      seed,
      folder,
      upstreams: await churnedUpstreams(folder),
      callPauseMs: 100,
      killPauseMaxMs: 4_000,
      say: () => undefined,
    });
    expect(findingsIn(report)).toEqual([]);
  });

  it('GTW-4: what would not hold is found', () => {
    const { before } = report;
    const after = {
      processes: before.processes + 1,
      openFiles: before.openFiles + 50,
      bytes: before.bytes * 2 + 200_000_000,
    };
    const found = findingsIn({
      ...report,
      otherFailures: ['git: 500'],
      awayMs: { git: 130_000 },
      restarted: true,
      after,
    });
    expect(found).toEqual([
      'git: 500',
      'git was away for 130 s',
      'the gateway died',
      expect.stringMatching(/^processes/),
      expect.stringMatching(/^openFiles/),
      expect.stringMatching(/^bytes/),
    ]);
    expect(findingsIn({ ...report, kills: 0 })).toEqual([expect.stringMatching(/0 kills/)]);
  });
});
