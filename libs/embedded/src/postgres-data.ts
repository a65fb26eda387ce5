import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

import { AppError } from '@signalbox/kernel';

import { run } from './command.ts';
import type { Account } from './launch-prefix.ts';
import { explainPostgres } from './postgres-server.failures.ts';

/** The owner of everything in the embedded PostgreSQL. */
export const POSTGRES_USER = 'signalbox';

/** The password kept beside the data directory; `given`, or a random one, for a new one. */
export async function keptPassword(dataDir: string, given: string | undefined): Promise<string> {
  const file = `${dataDir}.password`;
  const kept = await readFile(file, 'utf8').catch(() => '');
  if (kept !== '') return kept.trim();
  const password = given ?? randomBytes(18).toString('base64url');
  await writeFile(file, `${password}\n`, { mode: 0o600 });
  return password;
}

export interface NewDatabase {
  readonly dataDir: string;
  readonly initdb: string;
  readonly launchPrefix: readonly string[];
  readonly account: Account | undefined;
  readonly password: string;
  /** Whether the new files must survive a power cut. */
  readonly isDurable: boolean;
}

/** Whether `dataDir` holds a database; a folder with anything else in it is refused. */
export async function hasDatabase(dataDir: string): Promise<boolean> {
  const names: string[] = await readdir(dataDir).catch(() => []);
  if (names.includes('PG_VERSION')) return true;
  if (names.length === 0) return false;
  throw new AppError({
    code: 'server_not_started',
    kind: 'unavailable',
    message: `PostgreSQL did not start: ${dataDir} is damaged or no data directory (it lacks PG_VERSION)`,
  });
}

/** Makes the database beside its place and moves it there, so that half a one is never seen. */
export async function createDatabase(options: NewDatabase): Promise<void> {
  const { dataDir, account, launchPrefix, initdb } = options;
  const fresh = `${dataDir}.new`;
  const passwordFile = `${fresh}-password`;
  try {
    await rm(fresh, { recursive: true, force: true });
    await mkdir(fresh, { recursive: true });
    await chmod(fresh, 0o700);
    await writeFile(passwordFile, options.password, { mode: 0o600 });
    if (account !== undefined) {
      await chown(fresh, account.uid, account.gid);
      await chown(passwordFile, account.uid, account.gid);
    }
    const flags = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin'];
    flags.push('--builtin-locale=C.UTF-8', '--auth=scram-sha-256', '--no-instructions');
    if (!options.isDurable) flags.push('--no-sync');
    const [program = initdb, ...args] = [...launchPrefix, initdb, ...flags];
    args.push('-D', fresh, '-U', POSTGRES_USER, `--pwfile=${passwordFile}`);
    await run(program, args, '/');
    await rm(dataDir, { recursive: true, force: true });
    await rename(fresh, dataDir);
  } catch (cause) {
    const output = (cause as { stderr?: string }).stderr ?? (cause as Error).message;
    throw new AppError({
      code: 'server_not_started',
      kind: 'unavailable',
      message: `PostgreSQL could not be set up in ${dirname(dataDir)}: ${explainPostgres(output.split('\n'), { port: 0, dataDir })}`,
      cause,
    });
  } finally {
    await rm(passwordFile, { force: true }).catch(() => undefined);
  }
}
