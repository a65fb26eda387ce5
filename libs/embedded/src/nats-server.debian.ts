import { join } from 'node:path';

import { unpackDebianPackages } from './debian-packages.ts';

/** Downloads Debian's nats-server into `folder` and gives the program's path. */
export async function unpackDebianNatsServer(folder: string): Promise<string> {
  const root = await unpackDebianPackages(folder, ['nats-server']);
  return join(root, 'usr', 'sbin', 'nats-server');
}
