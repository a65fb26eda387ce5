import { readdirSync, readFileSync } from 'node:fs';

const PROCESSES_MAX = 1_000;
/** Linux reports it in kB. https://man7.org/linux/man-pages/man5/proc_pid_status.5.html */
const RESIDENT = /^VmRSS:\s+(\d+) kB$/m;

/** A process and what it has started, the nearest first; what has ended is left out. */
export function processTree(pid: number): readonly number[] {
  const pids = [pid];
  for (let i = 0; i < pids.length && pids.length < PROCESSES_MAX; i++) {
    for (const thread of list(`/proc/${pids[i]}/task`)) {
      const children = read(`/proc/${pids[i]}/task/${thread}/children`);
      pids.push(...children.split(' ').filter(Boolean).map(Number));
    }
  }
  return pids;
}

/** Resident memory of processes together, in bytes; 0 where there is no `/proc`. */
export function memoryOf(pids: readonly number[]): number {
  return pids.reduce((sum, each) => {
    const [, kilobytes = 0] = RESIDENT.exec(read(`/proc/${each}/status`)) ?? [];
    return sum + Number(kilobytes) * 1_024;
  }, 0);
}

export function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Those that still run; a tree from its root, so that nobody is left that starts another. */
export function kill(pids: readonly number[]): void {
  for (const each of pids) {
    try {
      process.kill(each, 'SIGKILL');
    } catch {
      // It has ended.
    }
  }
}

function list(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
