import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startStack } from './stack.ts';
import { loadUpConfig } from './up.config.ts';

describe('the start of everything', () => {
  let home: string;

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'signalbox-up-'));
  });
  afterEach(() => rm(home, { recursive: true }));

  const start = (env: Record<string, string>, signal = new AbortController().signal) =>
    startStack({
      config: loadUpConfig({ SIGNALBOX_HOME: home, SIGNALBOX_PORT: '0', ...env }),
      env: {},
      separate: false,
      say: () => undefined,
      signal,
    });

  it('given up half-way, leaves nothing running', async () => {
    await expect(start({}, AbortSignal.abort())).rejects.toThrow(/abort/);
    expect(await readdir(join(home, 'postgres'))).not.toContain('postmaster.pid');
  });

  it('says which outside server cannot be used, and not its password', async () => {
    const outside = {
      SIGNALBOX_NATS_URL: 'nats://127.0.0.1:1',
      SIGNALBOX_DATABASE_URL: 'postgres://u:secret@127.0.0.1:1/x',
    };
    await expect(start(outside)).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringMatching(
        /^the server of SIGNALBOX_\w+_URL cannot be used: (?!.*secret)/,
      ),
    });
  });
});
