import { signalSchema } from '@signalbox/contracts';
import type { AppError, Json } from '@signalbox/kernel';
import { signalsIn } from './accept-delivery.handler.ts';
import type { Delivery } from './delivery.ts';

const receivedAt = new Date('2026-11-21T05:00:00.000Z');

/** As Alertmanager's documentation and its own webhook test print it. */
const group = {
  receiver: 'signalbox',
  status: 'firing',
  alerts: [
    {
      status: 'firing',
      labels: { alertname: 'HighLatency', service: 'checkout', severity: 'critical' },
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

function deliveryOf(body: Json, rest: Partial<Delivery> = {}): Delivery {
  return {
    id: '01KAJ1X0000000000000000000',
    receivedAt,
    bytes: Buffer.from(JSON.stringify(body)),
    contentType: 'application/json',
    body,
    source: undefined,
    idempotencyKey: undefined,
    ...rest,
  };
}

const errorOf = (act: () => unknown): AppError => {
  try {
    act();
  } catch (error) {
    return error as AppError;
  }
  throw new Error('nothing was thrown');
};

describe('Alertmanager v4', () => {
  const signals = signalsIn(deliveryOf(group));

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
        startsAt: '2026-11-21T04:58:30.739Z',
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

  it('makes signals that the router takes', () => {
    for (const signal of signals) expect(signalSchema.parse(signal)).toEqual(signal);
  });

  it('keeps what the alert said, whole, and the digest of the bytes', () => {
    expect(signals[0]?.payload).toEqual({
      ...group.alerts[0],
      receiver: group.receiver,
      externalURL: group.externalURL,
      groupKey: group.groupKey,
    });
    expect(signals[0]?.raw).toMatchObject({
      bytes: Buffer.byteLength(JSON.stringify(group)),
      contentType: 'application/json',
    });
    expect(signals.map(({ raw }) => raw.index)).toEqual([0, 1]);
  });

  it('SIG-4: gives an alert the same id whenever and by whomever it is sent again', () => {
    const later = new Date('2026-11-21T09:00:00.000Z');
    const other = {
      ...group,
      receiver: 'the other of the pair',
      alerts: [group.alerts[0]],
    } as Json;
    const [again] = signalsIn(deliveryOf(other, { receivedAt: later }));
    expect(again?.id).toBe(signals[0]?.id);
    const resolved = { ...group, alerts: [{ ...group.alerts[0], status: 'resolved' }] } as Json;
    expect(signalsIn(deliveryOf(resolved))[0]?.id).not.toBe(signals[0]?.id);
  });

  it('takes the source that the path names', () => {
    expect(signalsIn(deliveryOf(group, { source: 'eu-west' }))[0]?.source).toBe('eu-west');
  });

  it('cuts what is too long for a field and keeps it in the payload', () => {
    const summary = 'x'.repeat(3000);
    const labels = { alertname: 'y'.repeat(200), severity: 'z'.repeat(30) };
    const alert = { ...group.alerts[0], labels, annotations: { summary } };
    const [signal] = signalsIn(deliveryOf({ ...group, alerts: [alert] } as Json));
    expect(signalSchema.safeParse(signal).success).toBe(true);
    expect(signal?.payload).toMatchObject({ annotations: { summary } });
  });

  it.each([
    ['an alert of no start', { startsAt: undefined }, 'alerts.1.startsAt'],
    ['a status that it does not have', { status: 'pending' }, 'alerts.1.status'],
    ['a label that is no text', { labels: { a: 1 } }, 'alerts.1.labels.a'],
  ])('refuses %s as a whole, naming the field', (_name, wrong, field) => {
    const alerts = [group.alerts[0], { ...group.alerts[0], ...wrong }];
    const error = errorOf(() => signalsIn(deliveryOf({ ...group, alerts } as unknown as Json)));
    expect(error).toMatchObject({ kind: 'invalid', fields: [{ field }] });
  });

  it('refuses a group of no alerts, and an alert that is too large', () => {
    const none = errorOf(() => signalsIn(deliveryOf({ ...group, alerts: [] })));
    expect(none).toMatchObject({ kind: 'invalid', fields: [{ field: 'alerts' }] });
    const annotations = { summary: 's', log: 'x'.repeat(70_000) };
    const alerts = [group.alerts[0], { ...group.alerts[0], annotations }];
    const large = errorOf(() => signalsIn(deliveryOf({ ...group, alerts } as Json)));
    expect(large).toMatchObject({ kind: 'too_large', fields: [{ field: 'alerts.1' }] });
  });

  it('is what the path /alertmanager means, whatever the body', () => {
    const error = errorOf(() => signalsIn(deliveryOf({ a: 1 }, { source: 'alertmanager' })));
    expect(error.fields.map((f) => f.field)).toContain('version');
  });
});
