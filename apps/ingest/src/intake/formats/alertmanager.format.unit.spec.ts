import { problemIdOf } from '@signalbox/contracts';
import type { Json } from '@signalbox/kernel';
import { refusalOf, signalsOf } from '../delivery.fixture.spec.ts';

/** https://prometheus.io/docs/alerting/latest/configuration/#webhook_config */
const group = {
  receiver: 'signalbox',
  status: 'firing',
  alerts: [
    {
      status: 'firing',
      labels: { alertname: 'HighLatency', service: 'checkout', severity: 'Critical' },
      annotations: { summary: 'Checkout p99 latency above 2 s' },
      startsAt: '2026-11-21T06:58:30.739266876+02:00',
      endsAt: '0001-01-01T00:00:00Z',
      generatorURL: 'http://prometheus.example/graph?g0.expr=up',
      fingerprint: 'c0ffee0000000001',
    },
    {
      status: 'resolved',
      labels: { alertname: 'DiskFull', instance: 'db-1:9100' },
      annotations: {},
      startsAt: '2026-11-21T04:00:00Z',
      endsAt: '2026-11-21T04:58:00Z',
      generatorURL: '',
      fingerprint: 'c0ffee0000000002',
    },
  ],
  groupLabels: {},
  commonLabels: {},
  commonAnnotations: {},
  externalURL: 'http://alertmanager.example',
  version: '4',
  groupKey: '{}:{}',
  truncatedAlerts: 0,
};
const [alert] = group.alerts;
const withAlert = (about: object) => ({ ...group, alerts: [{ ...alert, ...about }] }) as Json;

describe('Alertmanager v4', () => {
  const signals = signalsOf(group);

  it('SIG-2: makes one canonical signal of each alert', () => {
    expect(signals).toMatchObject([
      {
        source: 'alertmanager',
        type: 'HighLatency',
        title: 'Checkout p99 latency above 2 s',
        severity: 'critical',
        status: 'firing',
        labels: { service: 'checkout' },
        fingerprint: 'c0ffee0000000001',
        problemId: problemIdOf('alertmanager', 'c0ffee0000000001'),
        startsAt: '2026-11-21T04:58:30.739Z',
        startsAtKnown: true,
        signature: 'unsigned',
      },
      {
        type: 'DiskFull',
        title: 'DiskFull',
        status: 'resolved',
        labels: { instance: 'db-1:9100' },
      },
    ]);
    expect(signals[1]).not.toHaveProperty('severity');
  });

  it('keeps what the alert said, whole, and the bytes with their digest', () => {
    const { receiver, externalURL, groupKey } = group;
    expect(signals[0]?.payload).toEqual({ ...alert, receiver, externalURL, groupKey });
    const body = JSON.stringify(group);
    expect(signals.map(({ raw }) => raw)).toMatchObject([
      { bytes: Buffer.byteLength(body), contentType: 'application/json', index: 0, body },
      { index: 1 },
    ]);
    expect(signals[1]?.raw).not.toHaveProperty('body');
  });

  it('SIG-4: gives an alert the same id whenever and by whomever it is sent again', () => {
    const other = { ...group, receiver: 'the other of the pair', alerts: [alert] } as Json;
    const [again] = signalsOf(other, {
      id: '01KAJ1X0000000000000000009',
      receivedAt: new Date('2026-11-21T09:00:00.000Z'),
      idempotencyKey: 'another',
    });
    expect(again?.id).toBe(signals[0]?.id);
    expect(signalsOf(withAlert({ status: 'resolved' }))[0]?.id).not.toBe(signals[0]?.id);
    expect(signalsOf(group, { source: 'eu-west' })[0]?.id).not.toBe(signals[0]?.id);
  });

  it('SIG-4: knows no start of an alert that says the year 1, and takes it for no repeat', () => {
    const body = withAlert({ startsAt: '0001-01-01T00:00:00Z' });
    const [one, two] = [signalsOf(body), signalsOf(body, { id: '01KAJ1X0000000000000000009' })];
    expect(one[0]).toMatchObject({ startsAtKnown: false, problemId: signals[0]?.problemId });
    expect(one[0]?.id).not.toBe(two[0]?.id);
  });

  it('tells alerts without a fingerprint apart by their labels', () => {
    const [one, same] = [1, 2].map(
      () => signalsOf(withAlert({ fingerprint: undefined }))[0]?.problemId,
    );
    expect(one).toBe(same);
    const other = withAlert({ fingerprint: undefined, labels: { alertname: 'Other' } });
    expect(signalsOf(other)[0]?.problemId).not.toBe(one);
  });

  it('takes the source that the path names', () => {
    expect(signalsOf(group, { source: 'eu-west' })[0]?.source).toBe('eu-west');
  });

  it('cuts what is too long for a field and keeps it in the payload', () => {
    const summary = 'x'.repeat(3000);
    const labels = {
      alertname: `${'y'.repeat(99)}\u{1f525}`,
      severity: 'z'.repeat(30),
      a: summary,
    };
    const [signal] = signalsOf(withAlert({ labels, annotations: { summary } }));
    expect(signal).toMatchObject({
      title: 'x'.repeat(1000),
      payload: { annotations: { summary } },
    });
    expect(signal?.type.isWellFormed()).toBe(true);
  });

  it.each([
    ['an alert of no start', { startsAt: undefined }, 'alerts.1.startsAt'],
    ['a status that it does not have', { status: 'pending' }, 'alerts.1.status'],
    ['a label that is no text', { labels: { a: 1 } }, 'alerts.1.labels.a'],
  ])('SIG-2: refuses %s as a whole, naming the field', (_name, wrong, field) => {
    const alerts = [alert, { ...alert, ...wrong }];
    expect(refusalOf({ ...group, alerts })).toMatchObject({ kind: 'invalid', fields: [{ field }] });
  });

  it('refuses a group of no alerts, and an alert that is too large', () => {
    expect(refusalOf({ ...group, alerts: [] })).toMatchObject({
      kind: 'invalid',
      fields: [{ field: 'alerts' }],
    });
    const alerts = [alert, { ...alert, annotations: { log: 'x'.repeat(70_000) } }];
    expect(refusalOf({ ...group, alerts })).toMatchObject({
      kind: 'too_large',
      fields: [{ field: 'alerts.1' }],
    });
  });

  it('refuses a group that grows beyond measure when each alert keeps what it says once', () => {
    const alerts = Array.from({ length: 1000 }, () => alert);
    expect(refusalOf({ ...group, groupKey: 'x'.repeat(60_000), alerts })).toMatchObject({
      kind: 'too_large',
      fields: [{ field: '' }],
    });
  });

  it('is what the path /alertmanager means, whatever the body', () => {
    const error = refusalOf({ a: 1 }, { source: 'alertmanager' });
    expect(error.fields.map((f) => f.field)).toContain('version');
  });
});
