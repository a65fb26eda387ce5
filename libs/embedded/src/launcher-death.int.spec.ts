import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { commandLineOf } from './orphan.ts';
import { poll } from './poll.ts';
import { startNatsServer } from './nats-server.ts';
import { startPostgres } from './postgres-server.ts';

const LAUNCHER = `
const { startNatsServer, startPostgres } = await import(process.argv[1]);
const nats = await startNatsServer({ storeDir: process.argv[2] + '/nats' });
const postgres = await startPostgres({ dataDir: process.argv[2] + '/postgres', durable: false });
console.log(nats.pid, postgres.pid);
`;

it('servers end with a launcher that is killed, and their state starts again', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'signalbox-launcher-'));
  const index = join(import.meta.dirname, 'index.ts');
  const launcher = spawn(
    process.execPath,
    ['--conditions=source', '--input-type=module', '-e', LAUNCHER, index, dir],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const [line] = (await once(createInterface({ input: launcher.stdout }), 'line')) as [string];
  const pids = line.split(' ').map(Number);
  launcher.kill('SIGKILL');
  const areGone = async (): Promise<boolean> =>
    (await Promise.all(pids.map(commandLineOf))).every((words) => words.length === 0);
  expect(await poll(areGone, 10_000)).toBe(true);
  const nats = await startNatsServer({ storeDir: join(dir, 'nats') });
  const postgres = await startPostgres({ dataDir: join(dir, 'postgres') });
  await nats.stop();
  await postgres.stop();
  await rm(dir, { recursive: true });
});
