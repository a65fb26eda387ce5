import { constants } from 'node:fs';
import { open, realpath, type FileHandle } from 'node:fs/promises';
import { join, sep } from 'node:path';

/**
 * A file within `folder`, to be read; absent when there is none. Links are followed before it is
 * decided whether they lead out.
 */
export async function openWithin(folder: string, file: string): Promise<FileHandle | undefined> {
  if (file.includes('\0')) return undefined;
  const root = await realpath(folder).catch(() => undefined);
  const path = root && (await realpath(join(root, file)).catch(() => undefined));
  if (!root || !path?.startsWith(root.endsWith(sep) ? root : root + sep)) return undefined;
  // A pipe would hold up whoever opens it, and a link put here meanwhile is not followed.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const handle = await open(path, flags).catch(() => undefined);
  if (!handle || (await handle.stat()).isFile()) return handle;
  await handle.close();
  return undefined;
}
