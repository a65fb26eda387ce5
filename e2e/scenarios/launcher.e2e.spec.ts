import { listenLocally } from '@signalbox/testing';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Platform } from '../platform.ts';
import { signalbox } from '../signalbox.ts';
import { answerApproval, endOf, eventOf, sendSignal, slowCheckout } from '../stories.ts';

describe('the launcher', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'signalbox-launcher-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const oneLine = async (env: Record<string, string>) => {
    const { code, output } = await signalbox(['up', '--no-sample'], {
      SIGNALBOX_PORT: '0',
      ...env,
    });
    const lines = output
      .trim()
      .split('\n')
      .filter((line) => !line.includes('fetching nats-server'));
    expect(lines).toHaveLength(1);
    expect(code).not.toBe(0);
    return lines[0];
  };

  it('CLI-1: an occupied port gives one clear line', async () => {
    const { port, stop } = await listenLocally(createServer());
    const env = { SIGNALBOX_HOME: join(folder, 'a'), SIGNALBOX_PORT: `${port}` };
    expect(await oneLine(env)).toContain(`port ${port}`);
    await stop();
  });

  it('CLI-1: a state folder that is no folder gives one clear line', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    expect(await oneLine({ SIGNALBOX_HOME: file })).toContain(file);
  });

  it('CLI-1: a nats-server that is too old gives one clear line', async () => {
    const old = join(folder, 'nats-server');
    await writeFile(old, '#!/bin/sh\necho "nats-server: v2.9.10"\n', { mode: 0o755 });
    const line = await oneLine({ SIGNALBOX_HOME: join(folder, 'b'), SIGNALBOX_NATS_SERVER: old });
    expect(line).toMatch(/2\.9\.10.*2\.14/);
  });

  it('CLI-1: a wrong setting gives one clear line that names it', async () => {
    const env = { SIGNALBOX_HOME: join(folder, 'c'), SIGNALBOX_APPROVAL_TTL_SECONDS: 'soon' };
    expect(await oneLine(env)).toContain('SIGNALBOX_APPROVAL_TTL_SECONDS');
  });

  it('DEP-1: after kill -9 of the launcher the next start finds the state free and goes on', async () => {
    const first = await Platform.start({ args: ['--no-sample', '--processes'] });
    const signalId = await sendSignal(first, slowCheckout());
    const { aggregate_id: approvalId } = await eventOf(first, signalId, 'approval.requested');
    await first.crash();

    const second = await Platform.start({ home: first.home, args: ['--no-sample'] });
    expect([200, 202]).toContain(await answerApproval(second, approvalId, true));
    expect(await endOf(second, signalId)).toMatchObject({ type: 'execution.completed' });
    await second.stopAndForget();
  });
});
