import { findNatsServer } from '@signalbox/embedded';
import { execFileSync } from 'node:child_process';
import { open, rm, statfs } from 'node:fs/promises';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { median } from './measure.ts';

const SYNCS = 50;
const SYNC_BYTES = 4_096;

/** `f_type` of statfs(2), for the file systems that servers run on. */
const fileSystems: Readonly<Record<number, string>> = {
  0xef53: 'ext4',
  0x58465342: 'xfs',
  0x9123683e: 'btrfs',
  0x2fc12fc1: 'zfs',
  0x794c7630: 'overlayfs',
  0x01021994: 'tmpfs',
};

/** What figures depend on and cannot tell; the state of every bench lies in the temporary folder. */
export async function describeMachine() {
  const { type } = await statfs(tmpdir());
  return {
    cores: cpus().length,
    cpu: cpus()[0]?.model ?? 'unknown',
    memory_gb: Math.round(totalmem() / 2 ** 30),
    disk: fileSystems[type] ?? `type 0x${type.toString(16)}`,
    sync_ms: await syncMs(),
    node: process.version,
    nats_server: (await findNatsServer()).version,
    commit: commit(),
    at: new Date().toISOString(),
  };
}

/** How long one small durable write takes: the floor under everything that promises to be kept. */
async function syncMs(): Promise<number> {
  const path = join(tmpdir(), `signalbox-bench-sync-${process.pid}`);
  const file = await open(path, 'w');
  const bytes = Buffer.alloc(SYNC_BYTES, 'x');
  const times: number[] = [];
  for (let i = 0; i < SYNCS; i++) {
    const begun = performance.now();
    await file.write(bytes);
    await file.datasync();
    times.push(performance.now() - begun);
  }
  await file.close();
  await rm(path);
  return Number(median(times).toFixed(2));
}

function commit(): string {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty'], {
      cwd: import.meta.dirname,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return 'unknown';
  }
}
