import { AppError } from '@signalbox/kernel';
import { createHmac, randomBytes } from 'node:crypto';
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
  /** Of the services on the embedded NATS server. */
  readonly natsPassword: string;
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
    const key = givenKey ? { secret: givenKey, isNew: false } : await kept(path, 'api-key', 'sbx_');
    return {
      path,
      natsDir: join(path, 'nats'),
      postgresDir: join(path, 'postgres'),
      logsDir,
      apiKey: key.secret,
      apiKeyIsNew: key.isNew,
      natsPassword: (await kept(path, 'nats-password')).secret,
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

/** What a service that has rights of its own shows: it leads to no other password. */
export function passwordOf({ natsPassword }: Pick<Home, 'natsPassword'>, service: string): string {
  return createHmac('sha256', natsPassword).update(service).digest('base64url');
}

/** The secret in a file of its own, made when there is none. */
async function kept(
  path: string,
  name: string,
  prefix = '',
): Promise<{ readonly secret: string; readonly isNew: boolean }> {
  const file = join(path, name);
  const before = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  if (before.trim() !== '') return { secret: before.trim(), isNew: false };
  const secret = `${prefix}${randomBytes(24).toString('base64url')}`;
  await writeFile(file, `${secret}\n`, { mode: 0o600 });
  return { secret, isNew: true };
}
