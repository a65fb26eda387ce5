import { accessSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** An account as the kernel knows it. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

export interface LaunchOptions {
  /** Sent to the child by the kernel when we die, however we die. Linux only. */
  readonly parentDeathSignal: NodeJS.Signals;
  readonly account?: Account | undefined;
  /** Paths that the account must be able to read. */
  readonly reads?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/**
 * The words to put before a command. They replace themselves by the next program (`exec`), so the
 * pid we spawn is the server's own.
 */
export function launchPrefix(options: LaunchOptions): string[] {
  const variables = Object.entries(options.environment ?? {}).map(
    ([name, value]) => `${name}=${value}`,
  );
  return [...privileges(options), ...(variables.length === 0 ? [] : ['env', ...variables])];
}

function privileges({ parentDeathSignal, account, reads = [] }: LaunchOptions): string[] {
  if (!exists('/usr/bin/setpriv')) return [];
  const words = ['setpriv', '--pdeathsig', parentDeathSignal.replace('SIG', '')];
  if (account === undefined) return words;
  words.push(`--reuid=${account.uid}`, `--regid=${account.gid}`, '--clear-groups');
  if (reads.every((path) => isOpenToAll(path))) return words;
  // A folder above is closed to others, as /root is: let the account pass through, not write.
  return [
    ...words,
    '--securebits=+no_setuid_fixup',
    '--inh-caps=+dac_read_search',
    '--ambient-caps=+dac_read_search',
  ];
}

function isOpenToAll(path: string): boolean {
  const parent = dirname(path);
  return parent === path || ((statSync(parent).mode & 0o001) !== 0 && isOpenToAll(parent));
}

function exists(path: string): boolean {
  try {
    accessSync(path);
    return true;
  } catch {
    return false;
  }
}
