import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { hostDebianMirror } from './debian-mirror.ts';

describe('hostDebianMirror', () => {
  let aptDir: string;
  beforeEach(async () => {
    aptDir = await mkdtemp(join(tmpdir(), 'signalbox-apt-'));
    await mkdir(join(aptDir, 'sources.list.d'));
  });
  afterEach(() => rm(aptDir, { recursive: true }));

  it('reads the one-line format and skips the security archive', async () => {
    await writeFile(
      join(aptDir, 'sources.list'),
      `deb http://mirror.test/debian-security bookworm-security main
deb [arch=amd64 signed-by=/k.gpg] http://mirror.test/debian bookworm main\n`,
    );
    expect(await hostDebianMirror(aptDir)).toEqual({
      uri: 'http://mirror.test/debian',
      signedBy: '/k.gpg',
    });
  });

  it('reads the stanza format and skips a stanza that is switched off', async () => {
    await writeFile(
      join(aptDir, 'sources.list.d', 'debian.sources'),
      `Types: deb
URIs: http://off.test/debian
Enabled: no

Types: deb
# a comment
URIs: http://mirror.test/debian/
Suites: bookworm
Signed-By: /k.gpg\n`,
    );
    expect(await hostDebianMirror(aptDir)).toEqual({
      uri: 'http://mirror.test/debian/',
      signedBy: '/k.gpg',
    });
  });

  it('finds none on a host with other archives only', async () => {
    await writeFile(join(aptDir, 'sources.list'), 'deb http://mirror.test/ubuntu noble main\n');
    expect(await hostDebianMirror(aptDir)).toBeUndefined();
  });
});
