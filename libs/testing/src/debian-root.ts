import { defaultCacheDir, reasonOf, unpackDebianPackages } from '@signalbox/embedded';
import { access, mkdir, mkdtemp, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * A folder with the files of Debian packages as they would lie under `/`; fetched once, and kept
 * where a fetched nats-server is. The files in it are shared: nobody writes there.
 * @throws Error that names the packages and why they cannot be had.
 */
export async function debianRoot(...packages: readonly string[]): Promise<string> {
  const root = join(defaultCacheDir, `debian-${packages.join('-')}`);
  if (await isThere(root)) return root;
  await mkdir(defaultCacheDir, { recursive: true });
  const folder = await mkdtemp(join(defaultCacheDir, '.unpack-'));
  try {
    const unpacked = await unpackDebianPackages(folder, packages).catch((cause: unknown) => {
      const reason = reasonOf(cause);
      throw new Error(`this test needs Debian's ${packages.join(', ')}: ${reason}`, { cause });
    });
    // Where Debian's programs look for their loader: https://wiki.debian.org/UsrMerge
    for (const name of ['lib', 'lib64']) await symlink(join('usr', name), join(unpacked, name));
    await rename(unpacked, root).catch(async (cause: unknown) => {
      // Another test was faster.
      if (!(await isThere(root))) throw cause;
    });
    return root;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
