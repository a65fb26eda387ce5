import { problemIdOf } from '@signalbox/contracts';
import { DELIVERY_ID, refusalOf, signalOf, signalsOf } from '../delivery.fixture.spec.ts';

/** The example in Stourio's documentation. */
const documented = {
  source: 'datadog',
  event_type: 'alert',
  title: 'High CPU on web-server-03',
  severity: 'critical',
  payload: { host: 'web-server-03', cpu_percent: 97.3, duration_minutes: 5 },
};

const keyed = (idempotencyKey: string, source?: string) =>
  signalOf(documented, { idempotencyKey, source }).id;

describe('the generic webhook', () => {
  it('SIG-2: makes the documented body a canonical signal', () => {
    const signal = signalOf(documented);
    expect(signal).toMatchObject({
      source: 'datadog',
      type: 'alert',
      title: 'High CPU on web-server-03',
      severity: 'critical',
      status: 'firing',
      startsAt: '2026-11-21T05:00:00.000Z',
      startsAtKnown: false,
      payload: documented.payload,
      raw: { deliveryId: DELIVERY_ID, index: 0, body: JSON.stringify(documented) },
    });
    expect(signal).not.toHaveProperty('problemId');
  });

  it('SIG-2: understands a problem that is named, its end and its beginning', () => {
    const said = { fingerprint: 'cpu-3', status: 'resolved', labels: { env: 'prod' } };
    const startsAt = '2026-11-21T04:00:00Z';
    expect(signalOf({ ...documented, ...said, startsAt })).toMatchObject({
      fingerprint: 'cpu-3',
      problemId: problemIdOf('datadog', 'cpu-3'),
      status: 'resolved',
      labels: { env: 'prod' },
      startsAt: '2026-11-21T04:00:00.000Z',
      startsAtKnown: true,
    });
  });

  it('ignores what Stourio ignores', () => {
    const odd = { status: 7, labels: 3, fingerprint: {}, startsAt: 'soon', extra: [] };
    const payload = { status: 'resolved', fingerprint: 'x' };
    expect(signalOf({ ...documented, ...odd, payload })).toMatchObject({
      status: 'firing',
      labels: {},
      startsAtKnown: false,
    });
  });

  it('takes every field at its limit', () => {
    const payload = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`k${i}`, i]));
    const most = {
      source: 's'.repeat(100),
      event_type: 'e'.repeat(100),
      title: 't'.repeat(1000),
      severity: 'v'.repeat(20),
      payload,
    };
    const { event_type: type, ...same } = most;
    expect(signalOf(most)).toMatchObject({ ...same, type });
    const filler = 'x'.repeat(65_536 - JSON.stringify({ a: '' }).length);
    expect(signalOf({ ...documented, payload: { a: filler } })).toBeDefined();
    expect(refusalOf({ ...documented, payload: { a: `${filler}x` } })).toMatchObject({
      kind: 'too_large',
      fields: [{ field: 'payload' }],
    });
  });

  it.each([
    ['source', { source: undefined }],
    ['source', { source: 's'.repeat(101) }],
    ['source', { source: 7 }],
    ['event_type', { event_type: undefined }],
    ['event_type', { event_type: 'e'.repeat(101) }],
    ['title', { title: undefined }],
    ['title', { title: 't'.repeat(1001) }],
    ['title', { title: '' }],
    ['severity', { severity: 'v'.repeat(21) }],
    ['payload', { payload: 'text' }],
    ['payload', { payload: ['a'] }],
    ['payload', { payload: Object.fromEntries(Array.from({ length: 51 }, (_, i) => [i, i])) }],
  ])('SIG-1: refuses a wrong %s and names it', (field, wrong) => {
    const body = JSON.parse(JSON.stringify({ ...documented, ...wrong }));
    expect(refusalOf(body)).toMatchObject({ kind: 'invalid', fields: [{ field }] });
  });

  it('SIG-2: makes a signal of each body in a list, all of them or none', () => {
    const other = { ...documented, source: 'sensu', title: 'Disk full' };
    expect(signalsOf([documented, other])).toMatchObject([
      { source: 'datadog', title: documented.title, payload: documented.payload },
      { source: 'sensu', title: 'Disk full', raw: { index: 1 } },
    ]);
    const { source: _, ...anonymous } = documented;
    const taken = signalsOf([anonymous, other], { source: 'probe' });
    expect(taken.map(({ source }) => source)).toEqual(['probe', 'probe']);
    const huge = { ...documented, payload: { a: 'x'.repeat(65_536) } };
    const wrong: readonly (readonly [unknown, string])[] = [
      [[documented, { ...other, title: 7 }], '1.title'],
      [[documented, anonymous], '1.source'],
      [[7, documented], '0'],
      [[documented, huge], '1.payload'],
      [Array.from({ length: 2001 }, () => ({ ...documented, payload: {} })), ''],
    ];
    for (const [body, field] of wrong) expect(refusalOf(body).fields[0]).toMatchObject({ field });
    expect(refusalOf([], { format: 'generic' }).fields[0]).toMatchObject({ field: '' });
  });

  it('takes the source of the path, and lets no body claim another', () => {
    const { source: _, ...anonymous } = documented;
    expect(signalOf(anonymous, { source: 'sensu' }).source).toBe('sensu');
    expect(signalOf(documented, { source: 'sensu' }).source).toBe('sensu');
  });

  it('SIG-4: gives repeats of one idempotency key on one path one id, and others their own', () => {
    expect(keyed('a')).toBe(keyed('a'));
    expect(keyed('a')).not.toBe(keyed('b'));
    expect(keyed('a')).not.toBe(keyed('a', 'datadog'));
    const unnamed = [DELIVERY_ID, '01KAJ1X0000000000000000009'].map((id) =>
      signalOf(documented, { id }),
    );
    expect(unnamed[0]?.id).not.toBe(unnamed[1]?.id);
  });
});
