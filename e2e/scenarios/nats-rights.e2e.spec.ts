import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { streams } from '@signalbox/messaging';
import { eventually } from '@signalbox/testing';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Platform } from '../platform.ts';
import { eventOf, sendSignal, slowCheckout } from '../stories.ts';

/** On each stream a program could forge something on, were it allowed to. */
const forged = ['audit.default.forged.1', 'cmd.default.forged.do', 'dlq.default.forged'];
const notToPublish = [...forged, 'timer.sched.forged', '$JS.API.INFO', '_INBOX.forged'];
const notToRead = ['>', 'audit.>', 'cmd.>', 'dlq.>', 'signals.>', '_INBOX_router.>'];
const VIOLATIONS_MAX_MS = 60_000;

describe('rights on the embedded NATS server', () => {
  let platform: Platform;
  let guest: NatsConnection;
  let service: NatsConnection;

  beforeAll(async () => {
    platform = await Platform.start({ args: ['--no-sample', '--processes'] });
    guest = await connect({ servers: (await platform.endpoints()).nats });
    service = await connect(await platform.natsAsService());
  });
  afterAll(async () => {
    await guest.close();
    await service.close();
    await platform.stopAndForget();
  });

  const isForged = async (): Promise<boolean> => {
    const manager = await jetstreamManager(service);
    const found = [streams.audit, streams.commands, streams.deadLetters].map(async (name) => {
      const { state } = await manager.streams.info(name, { subjects_filter: '>' });
      return forged.some((subject) => state.subjects?.[subject] !== undefined);
    });
    return (await Promise.all(found)).includes(true);
  };

  it('SIG-5: a program without the password can publish nothing else, and read nothing', async () => {
    const violations: string[] = [];
    void (async () => {
      for await (const status of guest.status())
        if (status.type === 'error') violations.push(status.error.message);
    })();
    for (const subject of notToPublish) guest.publish(subject, '{}');
    for (const subject of notToRead) guest.subscribe(subject, { callback: () => undefined });
    const refused = [
      ...notToPublish.map((subject) => `Permissions Violation for Publish to "${subject}"`),
      ...notToRead.map((subject) => `Permissions Violation for Subscription to "${subject}"`),
    ].toSorted();
    await eventually(
      () => JSON.stringify(violations.toSorted()) === JSON.stringify(refused),
      VIOLATIONS_MAX_MS,
      'a refusal of each',
    );
    expect(await isForged()).toBe(false);
  });

  it('SIG-5: the acknowledgement of its signal is published nowhere else either', async () => {
    const signal = '{"title":"forger"}';
    for (const reply of forged) guest.publish('signals.default.forger.x', signal, { reply });
    const { seq } = await jetstream(guest).publish('signals.default.forger.x', signal);
    expect(seq).toBeGreaterThanOrEqual(forged.length + 1);
    expect(await isForged()).toBe(false);
  });

  it('SIG-5: the password is in no file or command line that others may read', async () => {
    const { pass } = await platform.natsAsService();
    await eventOf(platform, await sendSignal(platform, slowCheckout()), 'approval.requested');
    expect((await stat(join(platform.home, 'nats-password'))).mode & 0o777).toBe(0o600);
    for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
      const words = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      expect(words).not.toContain(pass);
    }
  });

  it('SIG-5: a state folder without a password gets one at the next start', async () => {
    const before = await platform.natsAsService();
    await platform.stop();
    await rm(join(platform.home, 'nats-password'));
    platform = await Platform.start({ home: platform.home, args: ['--no-sample'] });
    const after = await platform.natsAsService();
    expect(after.pass).not.toBe(before.pass);
    await (await connect(after)).close();
    await expect(connect({ ...after, pass: before.pass })).rejects.toThrow(/authorization/i);
  });
});
