import { debianRoot } from '@signalbox/testing';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const LOADERS: Readonly<Record<string, readonly [string, string]>> = {
  x64: ['lib64/ld-linux-x86-64.so.2', 'usr/lib/x86_64-linux-gnu'],
  arm64: ['lib/ld-linux-aarch64.so.1', 'usr/lib/aarch64-linux-gnu'],
};

/** A bwrap of this machine, or Debian's with the libraries that it was made for. */
export async function bubblewrapIn(folder: string): Promise<string> {
  if (existsSync('/usr/bin/bwrap')) return '/usr/bin/bwrap';
  const [loader = '', libraries = ''] = LOADERS[process.arch] ?? [];
  const needs = ['libc6', 'libcap2', 'libselinux1', 'libpcre2-8-0'];
  const root = await debianRoot('bubblewrap', ...needs);
  const words = [join(root, loader), '--library-path', join(root, libraries)];
  return script(folder, 'bwrap', `exec ${words.join(' ')} ${join(root, 'usr/bin/bwrap')} "$@"`);
}

/** The same where nobody may make namespaces, as in most containers. */
export function withoutNamespaces(folder: string, bwrap: string): string {
  // In a user namespace that maps nobody there is no right to make another.
  return script(folder, 'bwrap-in-container', `exec unshare --user ${bwrap} "$@"`);
}

function script(folder: string, name: string, line: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${line}\n`, { mode: 0o755 });
  return path;
}
