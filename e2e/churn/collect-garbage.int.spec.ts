import { eventually } from '@signalbox/testing';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { collectGarbage, INSPECTABLE } from './collect-garbage.ts';

/** Says `begun`, and `collected` once what it has let go of was collected. */
const PROGRAM = `
const registry = new FinalizationRegistry(() => console.error('collected'));
registry.register({}, undefined);
setInterval(() => undefined, 10);
console.error('begun');
`;

describe('the garbage of another process', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'signalbox-garbage-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('is collected, also in a later life under the same log', async () => {
    const logFile = join(folder, 'log');
    const times = async (word: string) =>
      (await readFile(logFile, 'utf8')).split('\n').filter((line) => line === word).length;
    for (const life of [1, 2]) {
      await using bed = new AsyncDisposableStack();
      const pid = spawnLogged(logFile, bed);
      await eventually(async () => (await times('begun')) === life);
      await collectGarbage(pid, logFile);
      const isCollected = async () => (await times('collected')) === life;
      expect(await eventually(isCollected)).toBe(true);
    }
  });
});

function spawnLogged(logFile: string, bed: AsyncDisposableStack): number {
  const log = openSync(logFile, 'a');
  const child = spawn(process.execPath, ['-e', PROGRAM], {
    env: INSPECTABLE,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  const ended = once(child, 'exit');
  bed.defer(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return child.pid ?? 0;
}
