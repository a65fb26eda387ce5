import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { findNatsServer } from './nats-server.finder.ts';

/** Programs that only say which nats-server they are. */
describe('findNatsServer', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'signalbox-finder-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function standIn(place: string, version: string): Promise<string> {
    const path = join(folder, place, 'nats-server');
    await mkdir(join(folder, place), { recursive: true });
    await writeFile(path, `#!/bin/sh\necho 'nats-server: v${version}'\n`);
    await chmod(path, 0o755);
    return path;
  }

  it('refuses a given server that is too old in one line that names both versions', async () => {
    const path = await standIn('old', '2.9.10');
    await expect(findNatsServer({ path })).rejects.toMatchObject({
      code: 'nats_server_unusable',
      message: `${path} is nats-server 2.9.10; 2.14.0 or newer is needed`,
    });
  });

  it('refuses a given path that is no nats-server', async () => {
    await expect(findNatsServer({ path: '/bin/true' })).rejects.toMatchObject({
      message: '/bin/true is not a nats-server that runs here',
    });
  });

  it('passes over an old server on the PATH and says so', async () => {
    const old = await standIn('old', '2.9.10');
    const path = await standIn('new', '2.15.1');
    const lines: string[] = [];
    const found = await findNatsServer({
      searchPath: [join(folder, 'old'), join(folder, 'new')],
      report: (line) => lines.push(line),
    });
    expect(found).toEqual({ path, version: '2.15.1' });
    expect(lines).toEqual([`${old} is passed over: it is 2.9.10, older than 2.14.0`]);
  });

  it('takes the newest of the cache when the PATH has none', async () => {
    await standIn('nats-server-2.14.0', '2.14.0');
    const path = await standIn('nats-server-2.15.1', '2.15.1');
    await standIn('nats-server-2.9.10', '2.9.10');
    const found = await findNatsServer({ searchPath: [], cacheDir: folder });
    expect(found).toEqual({ path, version: '2.15.1' });
  });

  it('tells that 2.14 syncs each message of a batch', async () => {
    const lines: string[] = [];
    const path = await standIn('slow', '2.14.0');
    await findNatsServer({ path, report: (line) => lines.push(line) });
    expect(lines).toEqual([expect.stringContaining('2.14.0 syncs each message of a batch')]);
  });
});
