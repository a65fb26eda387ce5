import { readFile, rm, writeFile } from 'node:fs/promises';

import { AppError } from '@signalbox/kernel';

import { poll } from './poll.ts';

const END_LIMIT_MS = 5_000;

/** Records which server holds a state folder and which process of ours started it. */
export async function writePidFile(pidFile: string, pid: number): Promise<void> {
  await writeFile(pidFile, `${pid}\n${process.pid}\n`);
}

/**
 * Ends the server that an earlier, killed process of ours left behind: with `signal`, and with
 * SIGKILL when that takes over 5 s. A process whose command line lacks the argument `expectWord` is somebody
 * else's who got the same pid, and is left alone.
 * @returns whether there was one
 * @throws AppError `state_in_use` when the process that started the server still runs
 */
export async function endOrphan(
  pidFile: string,
  expectWord: string,
  signal: NodeJS.Signals = 'SIGTERM',
): Promise<boolean> {
  const text = await readFile(pidFile, 'utf8').catch(() => '');
  const [pid = 0, owner = 0] = text.split('\n').map(Number);
  if (!(pid > 0) || !(await commandLineOf(pid)).includes(expectWord)) return false;
  if (owner > 0 && (await parentOf(pid)) === owner) {
    throw new AppError({
      code: 'state_in_use',
      kind: 'conflict',
      message: `${expectWord} is in use by process ${owner}; stop that first`,
    });
  }
  const isGone = async (): Promise<boolean> => !(await commandLineOf(pid)).includes(expectWord);
  end(pid, signal);
  if (!(await poll(isGone, END_LIMIT_MS))) {
    end(pid, 'SIGKILL');
    await poll(isGone, END_LIMIT_MS);
  }
  await rm(pidFile, { force: true });
  return true;
}

/** A process's program and arguments; none when it is gone or only its exit code is left. */
export async function commandLineOf(pid: number): Promise<string[]> {
  const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return line.split('\0').filter((word) => word !== '');
}

async function parentOf(pid: number): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const parent = /^PPid:\s*(\d+)/m.exec(status)?.[1];
  return parent === undefined ? undefined : Number(parent);
}

function end(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended by itself between the look and the signal.
  }
}
