import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const spawnProgram = pathToFileURL(join(import.meta.dirname, 'spawn-program.ts')).href;
const gateway = `
import { closeSync, openSync } from 'node:fs';
import { spawnProgram } from ${JSON.stringify(spawnProgram)};
const argv = [process.execPath, '-e', 'console.log(1)'];
const { signal } = new AbortController();
const run = { argv, env: {}, cwd: '/', timeoutMs: 60_000, outputBytesMax: 100, signal };
const held = [];
try { for (;;) held.push(openSync('/dev/null')); } catch {}
const without = await spawnProgram(run);
for (const handle of held) closeSync(handle);
console.log(JSON.stringify([without, await spawnProgram(run)]));
`;

it('a gateway with no handle left starts no program, and goes on', () => {
  const argv = ['-c', 'ulimit -n 64 && exec "$0" --input-type=module -e "$1"'];
  const { stdout, stderr } = spawnSync('sh', [...argv, process.execPath, gateway], {
    encoding: 'utf8',
  });
  const [without, later] = JSON.parse(stdout || JSON.stringify([stderr])) as unknown[];
  const reason = expect.stringContaining('EMFILE');
  expect(without).toMatchObject({ end: { how: 'not_started', reason } });
  expect(later).toMatchObject({ end: { how: 'exited', exitCode: 0 }, stdout: '1\n' });
});
