import { eventually } from '@signalbox/testing';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Platform } from '../platform.ts';
import { eventOf, sendSignal } from '../stories.ts';

const SLO_MS = 2_000;

describe('a router that does not decide', () => {
  let platform: Platform;
  let router = 0;

  beforeAll(async () => {
    platform = await Platform.start({
      args: ['--no-sample', '--processes'],
      env: { SIGNALBOX_DECISION_SLO_MS: `${SLO_MS}` },
    });
    router = await pidOf('router');
  });
  afterAll(async () => {
    if (router) process.kill(router, 'SIGCONT');
    await platform.stopAndForget();
  });

  const pidOf = async (app: string): Promise<number> => {
    const tasks = `/proc/${platform.pid}/task/${platform.pid}/children`;
    for (const pid of (await readFile(tasks, 'utf8')).trim().split(' ')) {
      const words = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      if (words.endsWith(`host.main.js\0${app}\0`)) return Number(pid);
    }
    throw new Error(`${app} does not run`);
  };

  /** As Prometheus would read it. */
  const metric = async (name: string): Promise<number> => {
    const key = (await readFile(join(platform.home, 'api-key'), 'utf8')).trim();
    const headers = { authorization: `Bearer ${key}` };
    const text = await (await fetch(`${platform.url}/metrics`, { headers })).text();
    return Number(new RegExp(`^signalbox_${name} (.+)$`, 'm').exec(text)?.[1]);
  };

  it('SIG-6: is told on by an event and by metrics, and what it left is decided later', async () => {
    process.kill(router, 'SIGSTOP');
    const id = await sendSignal(platform, {
      source: 'e2e',
      event_type: 'Command',
      title: 'A command was asked for',
      payload: { command: 'rm -rf /' },
    });
    const overdue = await eventOf(platform, id, 'signal.overdue');
    expect(overdue).toMatchObject({ actor: 'service:ingest', data: { signalId: id } });
    expect(overdue.data['ageMs']).toBeGreaterThanOrEqual(SLO_MS);
    expect(await metric('signals_undecided')).toBe(1);
    expect(await metric('signal_oldest_undecided_seconds')).toBeGreaterThanOrEqual(SLO_MS / 1_000);
    // Counted after it is recorded.
    await eventually(async () => (await metric('signals_overdue_total')) === 1);
    process.kill(router, 'SIGCONT');
    expect(await eventOf(platform, id, 'decision.made')).toMatchObject({
      data: { outcome: 'reject' },
    });
    await eventually(async () => (await metric('signals_undecided')) === 0);
    expect(await metric('signals_overdue_total')).toBe(1);
  });
});
