import { constants } from 'node:fs';
import { open, readlink, realpath, type FileHandle } from 'node:fs/promises';
import { join, sep } from 'node:path';

/**
 * A file within `folder`, to be read; absent when there is none. Links are followed before it is
 * decided whether they lead out, and what was opened is asked where it is: somebody may have
 * exchanged a folder for a link in between. Only Linux tells.
 */
export async function openWithin(folder: string, file: string): Promise<FileHandle | undefined> {
  if (file.includes('\0')) return undefined;
  const root = await realpath(folder).catch(() => undefined);
  const path = root && (await realpath(join(root, file)).catch(() => undefined));
  if (!root || path === undefined || !isWithin(root, path)) return undefined;
  // A pipe would hold up whoever opens it, and a link put here meanwhile is not followed.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const handle = await open(path, flags).catch(() => undefined);
  if (!handle) return undefined;
  const opened = await readlink(`/proc/self/fd/${handle.fd}`).catch(() => path);
  if (isWithin(root, opened) && (await handle.stat()).isFile()) return handle;
  await handle.close();
  return undefined;
}

function isWithin(root: string, path: string): boolean {
  return path.startsWith(root.endsWith(sep) ? root : root + sep);
}
