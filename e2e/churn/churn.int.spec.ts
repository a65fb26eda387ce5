import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chosenSeed } from '../random.ts';
import { churn, type ChurnReport } from './churn.ts';
import { findingsIn } from './findings.ts';

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
    report = await churn({ durationMs: DURATION_MS, seed, folder, say: () => undefined });
    expect(findingsIn(report)).toEqual([]);
  });

  it('GTW-4: what would not hold is found', () => {
    const { before } = report;
    const after = {
      processes: before.processes + 1,
      openFiles: before.openFiles + 50,
      bytes: before.bytes * 2 + 200_000_000,
    };
    const found = findingsIn({ ...report, otherFailures: ['git: 500'], restarted: true, after });
    expect(found).toEqual([
      'git: 500',
      'the gateway died',
      expect.stringMatching(/^processes/),
      expect.stringMatching(/^openFiles/),
      expect.stringMatching(/^bytes/),
    ]);
    expect(findingsIn({ ...report, kills: 0 })).toEqual([expect.stringMatching(/0 kills/)]);
  });
});
