import { defaultCacheDir } from '@signalbox/embedded';
import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const INSTALL_MAX_MS = 300_000;
/** No scripts of packages run, and what a package can do without is not brought. */
const INSTALL = ['install', '--ignore-scripts', '--omit=optional', '--no-audit', '--no-fund'];

/**
 * The `node_modules` folder with these packages of npm (`name@version`, exactly), which are fetched
 * once and kept beside the servers that tests download: tools that are too heavy to depend on.
 * @throws when they are not there yet and npm cannot fetch them.
 */
export async function npmPackages(packages: readonly string[]): Promise<string> {
  const kept = join(defaultCacheDir, `npm-${packages.join('-').replaceAll(/[^\w.-]+/g, '-')}`);
  const modules = join(kept, 'node_modules');
  if (await isThere(modules)) return modules;
  await mkdir(defaultCacheDir, { recursive: true });
  const folder = await mkdtemp(join(defaultCacheDir, '.unpack-'));
  try {
    const args = [...INSTALL, '--prefix', folder, ...packages];
    await promisify(execFile)('npm', args, { cwd: folder, timeout: INSTALL_MAX_MS });
    // In one step: of two that fetch at once, the first to rename wins.
    await rename(folder, kept).catch(async (cause: unknown) => {
      if (!(await isThere(modules))) throw cause;
    });
    return modules;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
