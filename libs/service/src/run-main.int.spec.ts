import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const runMain = pathToFileURL(join(import.meta.dirname, 'run-main.ts')).href;
const program = `
const { runMain } = await import(${JSON.stringify(runMain)});
await runMain(() => {
  process.send('starting');
  return new Promise(() => setInterval(() => {}, 1000));
});
`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signalbox-run-main-'));
  await writeFile(join(folder, 'program.mjs'), program);
});
afterAll(() => rm(folder, { recursive: true }));

async function starting(): Promise<ChildProcess> {
  const child = fork(join(folder, 'program.mjs'), {
    execArgv: ['--conditions=signalbox-source'],
  });
  await once(child, 'message');
  return child;
}

it('DEP-1: a service whose launcher dies while it starts does not outlive it', async () => {
  const child = await starting();
  const ended = once(child, 'exit');
  child.disconnect();
  expect(await ended).toEqual([0, null]);
});

it('DEP-1: SIGTERM ends a service that has not started yet', async () => {
  const child = await starting();
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
});
