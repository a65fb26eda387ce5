import { readFile, stat } from 'node:fs/promises';

import { AppError } from '@signalbox/kernel';

import type { Account } from './launch-prefix.ts';

/**
 * The account PostgreSQL runs under. It refuses to run as root, so root gives it the account that
 * owns the data directory, or for a new one `postgres`, or `nobody`.
 * @returns undefined when we are no root: then it is our own
 */
export async function postgresAccount(dataDir: string): Promise<Account | undefined> {
  const own = process.getuid?.();
  const owner = await stat(dataDir).catch(() => undefined);
  if (own !== 0) {
    if (owner === undefined || own === undefined || owner.uid === own) return undefined;
    throw new AppError({
      code: 'server_not_started',
      kind: 'forbidden',
      message: `PostgreSQL did not start: ${dataDir} belongs to another user (uid ${owner.uid})`,
    });
  }
  if (owner !== undefined && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  const passwd = await readFile('/etc/passwd', 'utf8');
  for (const name of ['postgres', 'nobody']) {
    const [, uid, gid] = new RegExp(`^${name}:[^:]*:(\\d+):(\\d+):`, 'm').exec(passwd) ?? [];
    if (uid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new AppError({
    code: 'server_not_started',
    kind: 'unavailable',
    message: 'PostgreSQL does not run as root, and there is no user postgres or nobody',
  });
}
