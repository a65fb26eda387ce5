import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { shell } from './shell.config.ts';
import { watch } from './canaries/watch.ts';

const repository = join(import.meta.dirname, '..');

/** What a process printed so far. */
export interface Printed {
  text: string;
}

/** `signalbox …` with only what a user's shell would have, so that no setting of a test leaks in. */
export function spawnSignalbox(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): { readonly child: ChildProcess; readonly printed: Printed } {
  const { PATH = '', HOME = '' } = shell;
  const child = spawn(process.execPath, ['apps/cli/bin/signalbox.mjs', ...args], {
    cwd: repository,
    env: { PATH, HOME, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const printed = { text: '' };
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => (printed.text += chunk));
  return { child, printed };
}

export interface Finished {
  readonly code: number | null;
  readonly output: string;
}

/** `signalbox …` as a user runs it, to its end. */
export async function signalbox(
  args: readonly string[],
  env: Record<string, string>,
): Promise<Finished> {
  const { child, printed } = spawnSignalbox(args, env);
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  watch.see(`what signalbox ${args[0]} prints`, printed.text);
  return { code, output: printed.text };
}
