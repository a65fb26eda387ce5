import { readFile } from 'node:fs/promises';

/** Linux reports it in kB. https://man7.org/linux/man-pages/man5/proc_pid_status.5.html */
const RESIDENT = /^VmRSS:\s+(\d+) kB$/m;

/**
 * Resident memory of a process.
 * @throws Error when it has ended.
 */
export async function residentBytes(pid: number): Promise<number> {
  const [, kilobytes] = RESIDENT.exec(await readFile(`/proc/${pid}/status`, 'utf8')) ?? [];
  if (kilobytes === undefined) throw new Error(`process ${pid} has ended`);
  return Number(kilobytes) * 1_024;
}
