import { statfs } from 'node:fs/promises';

import { AppError } from '@signalbox/kernel';

/** Room for one write-ahead segment of PostgreSQL and one block of a stream, and some to act in. */
const FREE_MIN_BYTES = 64 * 1024 * 1024;

/**
 * Refuses to start a server on a full disk: nats-server would start and then drop JetStream.
 * @throws AppError `disk_full`
 */
export async function requireDiskSpace(folder: string): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize >= FREE_MIN_BYTES) return;
  const freeMb = Math.floor((bavail * bsize) / 1024 / 1024);
  throw new AppError({
    code: 'disk_full',
    kind: 'unavailable',
    message: `the disk that holds ${folder} is full: ${freeMb} MB left, ${FREE_MIN_BYTES / 1024 / 1024} MB needed`,
  });
}
