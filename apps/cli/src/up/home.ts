import { AppError } from '@signalbox/kernel';
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Below this a first start cannot even make its database. */
const FREE_BYTES_MIN = 300 * 1024 * 1024;

/** The one folder that holds all state of an embedded installation. */
export interface Home {
  readonly path: string;
  readonly natsDir: string;
  readonly postgresDir: string;
  readonly logsDir: string;
  readonly apiKey: string;
  /** True when the key was made just now, so that it is shown once. */
  readonly apiKeyIsNew: boolean;
}

/** @throws AppError `home_unusable` with one line that says why. */
export async function openHome(path: string, givenKey: string | undefined): Promise<Home> {
  const logsDir = join(path, 'logs');
  try {
    await mkdir(logsDir, { recursive: true, mode: 0o700 });
    const { bavail, bsize } = await statfs(path);
    if (bavail * bsize < FREE_BYTES_MIN)
      throw new Error(
        `the disk has ${Math.floor((bavail * bsize) / 2 ** 20)} MB left, 300 are needed`,
      );
    const key = givenKey ? { apiKey: givenKey, apiKeyIsNew: false } : await keptKey(path);
    return {
      path,
      natsDir: join(path, 'nats'),
      postgresDir: join(path, 'postgres'),
      logsDir,
      ...key,
    };
  } catch (cause) {
    throw new AppError({
      code: 'home_unusable',
      kind: 'unavailable',
      message: `the state folder ${path} cannot be used: ${(cause as Error).message}`,
      cause,
    });
  }
}

async function keptKey(path: string): Promise<Pick<Home, 'apiKey' | 'apiKeyIsNew'>> {
  const file = join(path, 'api-key');
  const kept = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  if (kept.trim() !== '') return { apiKey: kept.trim(), apiKeyIsNew: false };
  const apiKey = `sbx_${randomBytes(24).toString('base64url')}`;
  await writeFile(file, `${apiKey}\n`, { mode: 0o600 });
  return { apiKey, apiKeyIsNew: true };
}
