import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

import { commandLineOf, endOrphan, writePidFile } from './orphan.ts';

describe('endOrphan', () => {
  let folder: string;
  let pidFile: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'signalbox-orphan-'));
    pidFile = join(folder, 'server.pid');
  });
  afterEach(() => rm(folder, { recursive: true }));

  /** A process whose parent is gone, as a server is whose launcher was killed. */
  async function orphan(mark: string): Promise<number> {
    const script = `sh -c 'trap "" TERM; sleep 60' ${mark} >/dev/null 2>&1 & echo $! $$`;
    const parent = spawn('sh', ['-c', script], { stdio: ['ignore', 'pipe', 'ignore'] });
    const [pid, owner] = (await text(parent.stdout)).split(' ').map(Number);
    await writeFile(pidFile, `${pid}\n${owner}\n`);
    return pid ?? 0;
  }

  it('ends a left-over server, one that ignores SIGTERM too', async () => {
    const pid = await orphan('signalbox-test-server');
    expect(await endOrphan(pidFile, 'signalbox-test-server')).toBe(true);
    expect(await commandLineOf(pid)).toEqual([]);
  });

  it('leaves a process alone that only has the same pid', async () => {
    const pid = await orphan('somebody-elses');
    expect(await endOrphan(pidFile, 'signalbox-test-server')).toBe(false);
    expect(await commandLineOf(pid)).toContain('somebody-elses');
    process.kill(pid, 'SIGKILL');
  });

  it('refuses while the process that started the server runs', async () => {
    const child = spawn('sleep', ['60']);
    await writePidFile(pidFile, child.pid ?? 0);
    await expect(endOrphan(pidFile, '60')).rejects.toMatchObject({ code: 'state_in_use' });
    child.kill();
    await once(child, 'exit');
  });
});
