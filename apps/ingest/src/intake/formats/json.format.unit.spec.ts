import { problemIdOf } from '@signalbox/contracts';
import type { Json } from '@signalbox/kernel';
import { refusalOf, signalOf } from '../delivery.fixture.spec.ts';

describe('JSON of a sender that no format knows', () => {
  const check = {
    check: 'disk',
    message: 'Disk of db-1 is 97 % full',
    level: 'WARN',
    state: 'down',
    tags: ['env:prod', 'team:storage'],
    timestamp: 1_795_237_200,
  };

  it('SIG-2: still becomes a useful signal, by the usual names of members', () => {
    expect(signalOf(check, { source: 'nagios' })).toMatchObject({
      source: 'nagios',
      type: 'event',
      title: 'Disk of db-1 is 97 % full',
      severity: 'warn',
      status: 'firing',
      labels: { env: 'prod', team: 'storage' },
      startsAt: '2026-11-21T05:00:00.000Z',
      startsAtKnown: true,
      payload: check,
    });
    expect(signalOf(check, { source: 'nagios' })).not.toHaveProperty('problemId');
  });

  it('SIG-2: reads its end, a problem that it names, and what stands one level below', () => {
    const alert = {
      name: 'db-1 down',
      priority: 'P1',
      fingerprint: 'db-1',
      status: 'Recovered',
      labels: { env: 'test', team: 'storage' },
    };
    const body = { labels: { env: 'prod' }, timestamp: check.timestamp, alert };
    expect(signalOf(body, { source: 'nagios' })).toMatchObject({
      labels: { env: 'prod', team: 'storage' },
      title: 'db-1 down',
      severity: 'p1',
      status: 'resolved',
      fingerprint: 'db-1',
      problemId: problemIdOf('nagios', 'db-1'),
      startsAtKnown: false,
    });
  });

  it.each<[Json, string]>([
    ['disk full', 'disk full'],
    [[{ title: 'first' }, { title: 'second' }], 'first'],
    [{ cpu: 97 }, 'event from webhook: {"cpu":97}'],
    [7, 'event from webhook: 7'],
    [null, 'event from webhook: null'],
    [[], 'event from webhook: []'],
    [{}, 'event from webhook: {}'],
  ])('SIG-2: takes %j without a path, too', (body, title) => {
    expect(signalOf(body)).toMatchObject({ source: 'webhook', title, payload: body });
  });

  it('SIG-4: the same event to the letter, its time included, is the same signal', () => {
    const ids = [
      signalOf(check, { source: 'a' }),
      signalOf(check, { source: 'a', id: '01KAJ1X0000000000000000009' }),
      signalOf({ ...check, level: 'CRIT' }, { source: 'a' }),
      signalOf(check, { source: 'b' }),
    ].map(({ id }) => id);
    expect(ids[1]).toBe(ids[0]);
    expect(new Set(ids).size).toBe(3);
  });

  it('SIG-4: without a time that it says, each is its own', () => {
    const { timestamp: _, ...timeless } = check;
    for (const body of [timeless, { ...timeless, timestamp: '0001-01-01T00:00:00Z' }]) {
      const again = signalOf(body, { source: 'a', id: '01KAJ1X0000000000000000009' });
      expect(again.id).not.toBe(signalOf(body, { source: 'a' }).id);
    }
  });

  /** https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
  it('SIG-2: makes the usual body of Standard Webhooks an event at its time', () => {
    const body = {
      type: 'invoice.paid',
      timestamp: '2026-11-21T04:00:00.000Z',
      data: { id: 'in_1', description: 'Invoice 1 of ACME', created_at: '2026-11-20T04:00:00Z' },
    };
    const signal = signalOf(body, { source: 'billing' });
    expect(signal).toMatchObject({
      source: 'billing',
      type: 'invoice.paid',
      title: 'Invoice 1 of ACME',
      startsAt: '2026-11-21T04:00:00.000Z',
      startsAtKnown: true,
      payload: body,
    });
    const { data: _, ...bare } = body;
    expect(signalOf(bare, { source: 'billing' }).title).toMatch(/^invoice\.paid from billing/);
  });

  it('SIG-1: is held to the contract where it looks like a body of ours', () => {
    expect(refusalOf({ title: 'x' }).fields.map(({ field }) => field)).toEqual([
      'source',
      'event_type',
    ]);
    expect(signalOf({ title: 'x' }, { source: 'nagios' })).toMatchObject({ title: 'x' });
    expect(refusalOf({ title: 'x', event_type: 7 }, { source: 'nagios' })).toMatchObject({
      fields: [{ field: 'event_type' }],
    });
  });

  it('is refused when it is too large, whole', () => {
    expect(refusalOf({ log: 'x'.repeat(70_000) })).toMatchObject({ kind: 'too_large' });
  });
});
