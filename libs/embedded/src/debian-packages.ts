import { access, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { run } from './command.ts';
import { hostDebianMirror } from './debian-mirror.ts';

/** The Debian suite that carries nats-server 2.15; its programs also run on Debian 12. */
const SUITE = 'forky';
const DEBIAN_KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/**
 * Downloads packages of Debian into `folder` and gives the folder with their files, as they would
 * lie under `/`. Needs no root: apt works on lists and a cache of its own. apt checks the archive's
 * signature with the host's keys. What the packages depend on is not brought.
 */
export async function unpackDebianPackages(
  folder: string,
  names: readonly string[],
): Promise<string> {
  const mirror = await hostDebianMirror();
  if (mirror === undefined) throw new Error('this host has no Debian package source');
  const options = await aptOptions(folder, {
    ...mirror,
    signedBy: mirror.signedBy ?? (await presentKeyring()),
  });
  await run('apt-get', [...options, 'update'], folder);
  await run('apt-get', [...options, 'download', ...names], folder);
  const archives = (await readdir(folder)).filter((file) => file.endsWith('.deb'));
  if (archives.length < names.length) throw new Error('apt-get downloaded too few packages');
  for (const archive of archives) await run('dpkg', ['-x', archive, 'unpacked'], folder);
  return join(folder, 'unpacked');
}

async function presentKeyring(): Promise<string | undefined> {
  return access(DEBIAN_KEYRING).then(
    () => DEBIAN_KEYRING,
    () => undefined,
  );
}

async function aptOptions(
  folder: string,
  { uri, signedBy }: { uri: string; signedBy: string | undefined },
): Promise<string[]> {
  const sources = join(folder, 'debian.sources');
  const status = join(folder, 'status');
  await mkdir(join(folder, 'state', 'lists', 'partial'), { recursive: true });
  await mkdir(join(folder, 'cache', 'archives', 'partial'), { recursive: true });
  await writeFile(status, '');
  await writeFile(
    sources,
    ['Types: deb', `URIs: ${uri}`, `Suites: ${SUITE}`, 'Components: main']
      .concat(signedBy === undefined ? [] : [`Signed-By: ${signedBy}`], '')
      .join('\n'),
  );
  return Object.entries({
    'Dir::Etc::SourceList': sources,
    'Dir::Etc::SourceParts': '/dev/null',
    'Dir::State': join(folder, 'state'),
    'Dir::State::status': status,
    'Dir::Cache': join(folder, 'cache'),
    // The download user of apt may not be able to enter our folder.
    'APT::Sandbox::User': '',
    // A mirror out of reach is an error, not an old list.
    'APT::Update::Error-Mode': 'any',
    'Acquire::Languages': 'none',
    'Acquire::Retries': '2',
    'Acquire::http::Timeout': '15',
  }).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
}
