import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { AppError } from '@signalbox/kernel';

import { isAtLeast, NATS_VERSION_FLOOR, natsVersionOf } from './nats-server.version.ts';

export interface NatsBinary {
  readonly path: string;
  readonly version: string;
}

const FOLDER = /^nats-server-(\d+\.\d+\.\d+)$/;

/** The newest usable server that an earlier start left in the cache. */
export async function cachedNatsServer(cacheDir: string): Promise<NatsBinary | undefined> {
  const names = await readdir(cacheDir).catch(() => []);
  const versions = names
    .map((name) => FOLDER.exec(name)?.[1])
    .filter((version) => version !== undefined && isAtLeast(version, NATS_VERSION_FLOOR))
    .toSorted((a, b) => (isAtLeast(a ?? '', b ?? '') ? -1 : 1));
  for (const expected of versions) {
    const path = join(cacheDir, `nats-server-${expected}`, 'nats-server');
    const version = await natsVersionOf(path);
    if (version !== undefined) return { path, version };
  }
  return undefined;
}

/**
 * Lets `unpack` produce a server in a fresh folder and moves it into the cache in one step, so
 * that processes which install at the same time never see half of one: the first to rename wins.
 */
export async function installIntoCache(
  cacheDir: string,
  unpack: (folder: string) => Promise<string>,
): Promise<NatsBinary> {
  const folder = await temporaryFolder(cacheDir);
  try {
    const unpacked = await unpack(folder);
    const version = await natsVersionOf(unpacked);
    if (version === undefined || !isAtLeast(version, NATS_VERSION_FLOOR)) {
      throw new Error(`the unpacked server is ${version ?? 'not one that runs here'}`);
    }
    const ready = join(folder, 'ready');
    const installed = join(cacheDir, `nats-server-${version}`);
    await mkdir(ready);
    await rename(unpacked, join(ready, 'nats-server'));
    await rename(ready, installed).catch(async (cause: unknown) => {
      if ((await natsVersionOf(join(installed, 'nats-server'))) !== version) throw cause;
    });
    return { path: join(installed, 'nats-server'), version };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function temporaryFolder(cacheDir: string): Promise<string> {
  try {
    await mkdir(cacheDir, { recursive: true });
    return await mkdtemp(join(cacheDir, '.unpack-'));
  } catch (cause) {
    throw new AppError({
      code: 'cache_not_writable',
      kind: 'invalid',
      message: `the cache folder ${cacheDir} cannot be written`,
      cause,
    });
  }
}
