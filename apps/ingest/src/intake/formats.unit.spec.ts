import { readFileSync } from 'node:fs';
import { AppError, type Json } from '@signalbox/kernel';
import fc from 'fast-check';
import type { Delivery } from './delivery.ts';
import { refusalOf, signalOf, signalsOf } from './delivery.fixture.spec.ts';
import { formatNames } from './formats.ts';

describe('the format of a delivery', () => {
  const sensu = { check: { name: 'disk' }, message: 'Disk full' };

  it('SIG-2: is the configured one, then the one of the path, then the one it looks like', () => {
    const alert = { alert_transition: 'Triggered', title: 'CPU' };
    expect(signalOf(alert)).toMatchObject({ source: 'datadog', type: 'event', title: 'CPU' });
    expect(signalOf(alert, { source: 'dd-eu' })).toMatchObject({ source: 'dd-eu', title: 'CPU' });
    const named = { source: 'grafana', format: 'datadog' };
    expect(signalOf(alert, named)).toMatchObject({ source: 'grafana', title: 'CPU' });
    expect(refusalOf(alert, { source: 'a', format: 'grafana' })).toMatchObject({
      fields: [{ field: 'alerts' }],
    });
    expect(signalOf(sensu, { source: 'sensu' })).toMatchObject({ title: 'Disk full' });
  });

  it('SIG-2: leaves a body of ours to its own contract whatever its source', () => {
    const ours = { source: 'datadog', event_type: 'alert', title: 'High CPU' };
    expect(signalOf(ours)).toMatchObject({ source: 'datadog', type: 'alert', payload: {} });
  });
});

describe('the format that the path names', () => {
  const alertmanager = {
    version: '4',
    alerts: [
      {
        status: 'firing',
        labels: { alertname: 'DiskFull', severity: 'critical' },
        startsAt: '2026-11-21T04:00:00Z',
      },
    ],
  };

  it('SIG-2: gives way to the one that the body is of, and the source stays', () => {
    for (const source of ['datadog', 'grafana', 'github', 'generic']) {
      const expected = { source, type: 'DiskFull', severity: 'critical' };
      expect(signalOf(alertmanager, { source })).toMatchObject(expected);
    }
  });

  it('SIG-2: holds where it recognises the body, or nothing else does', () => {
    const ours = { event_type: 'a', title: 'Any', id: '7' };
    expect(signalOf(ours, { source: 'datadog' })).toMatchObject({ payload: ours });
    expect(signalOf(alertmanager, { source: 'json' })).toMatchObject({ type: 'event' });
    expect(refusalOf({ a: 1 }, { source: 'grafana' }).fields[0]).toMatchObject({ field: 'alerts' });
  });

  it.each([
    ['datadog', ''],
    ['github', ''],
    ['pagerduty', 'event'],
    ['cloudevents', 'specversion'],
  ])('SIG-2: as configuration %s refuses a body of another', (format, field) => {
    const { kind, fields } = refusalOf(alertmanager, { source: 'x', format });
    expect(kind).toBe('invalid');
    expect(fields.map((wrong) => wrong.field)).toContain(field);
  });

  it('SIG-2: has its line in the guide', () => {
    const guide = new URL('../../../../docs/guides/publish-a-signal.md', import.meta.url);
    const text = readFileSync(guide, 'utf8');
    for (const format of formatNames) expect(text).toContain(`\n| \`${format}\` `);
  });
});

describe('hostile bodies', () => {
  const alert = (about: object) => ({
    status: 'firing',
    labels: { alertname: 'a' },
    startsAt: '2026-11-21T04:00:00Z',
    ...about,
  });
  const many = Array.from({ length: 3000 }, () => alert({}));
  const event = { specversion: '1.0', id: '1', source: 's', type: 't' };

  it.each<[string, unknown, string, object]>([
    ['3 000 alerts', { version: '4', alerts: many }, 'alerts', {}],
    ['3 000 events', Array.from({ length: 3000 }, () => event), '', { format: 'cloudevents' }],
    ['alerts that are none', { version: '4', alerts: [null, 7] }, 'alerts.0', {}],
  ])('SIG-2: of %s are refused as a whole, naming the field', (_what, body, field, about) => {
    expect(refusalOf(body, about).fields[0]).toMatchObject({ field });
  });

  it('SIG-2: a list of 3 000 things is one signal or too large', () => {
    expect(signalOf(many.map(() => 1))).toMatchObject({ source: 'webhook' });
    expect(refusalOf(many)).toMatchObject({ kind: 'too_large' });
  });

  it('SIG-2: NUL characters, halves of characters and names of prototypes stay what they are', () => {
    const text = 'a\0b\ud800';
    const body = JSON.parse(
      `{"version":"4","alerts":[{"status":"firing","startsAt":"2026-11-21T04:00:00Z",
        "labels":{"alertname":${JSON.stringify(text)},"constructor":"c"},
        "__proto__":{"status":"resolved"},"annotations":{"summary":${JSON.stringify(text)}}}]}`,
    ) as Json;
    const [signal] = signalsOf(body);
    expect(signal).toMatchObject({ status: 'firing', title: 'a\0b\ufffd' });
    expect(signal?.labels).toMatchObject({ constructor: 'c' });
    expect(JSON.stringify(signal?.payload)).toContain('"__proto__":{"status":"resolved"}');
    expect(({} as Record<string, unknown>)['status']).toBeUndefined();
  });
});

/** Names that formats read, so that what is made up gets past their first look. */
const NAMES =
  `version alerts status labels annotations startsAt fingerprint orgId event event_type data
  id type title urgency created_at action issue metric_alert installation Type TopicArn Message
  MessageId AlarmName NewStateValue StateChangeTime source specversion severity tags alert_transition
  aggreg_key alert_type date payload alert rule time workflow_run issue_id timestamp __proto__
  constructor toString`.split(/\s+/);
const words = fc.constantFrom(
  '4',
  '1.0',
  'firing',
  'incident',
  'incident.resolved',
  'Notification',
  '2026-11-21T04:00:00Z',
  '0001-01-01T00:00:00Z',
  '9999-12-31T23:59:59-23:59',
  '1795237200',
  '{"AlarmName":"a","NewStateValue":"OK","AlarmArn":7}',
  '__proto__:x',
  ',,:,a:',
  '\0',
  '\ud800',
);
const { anyBody } = fc.letrec<{ anyBody: unknown }>((tie) => ({
  anyBody: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc.oneof(words, fc.string({ unit: 'binary' }), fc.double(), fc.boolean(), fc.constant(null)),
    fc.dictionary(fc.constantFrom(...NAMES), tie('anyBody'), { maxKeys: 12 }),
    fc.array(tie('anyBody'), { maxLength: 4 }),
  ),
}));
const name = fc.constantFrom(undefined, 'some-source', ...formatNames);
const header = fc.oneof(
  words,
  fc.constantFrom('workflow_run', 'alert', 'event_alert', 'constructor'),
);
const headers = fc.dictionary(
  fc.constantFrom(
    ...'ce-specversion ce-id ce-source ce-type ce-time ce-__proto__'.split(' '),
    ...'x-github-event sentry-hook-resource x-amz-sns-message-type'.split(' '),
  ),
  header,
);
const contentType = fc.constantFrom('application/json', '', 'application/cloudevents-batch+json');

/** Undefined when it is a signal within the contract or a refusal that names a field. */
function failureOf(body: Json, about: Partial<Delivery>): unknown {
  try {
    return signalsOf(body, about).length > 0 ? undefined : 'no signal';
  } catch (error) {
    const isRefusal = error instanceof AppError && ['invalid', 'too_large'].includes(error.kind);
    return isRefusal && error.fields.length > 0 ? undefined : error;
  }
}

describe('any JSON to any format', () => {
  it('SIG-2: is a signal within the contract, or a refusal that names a field', () => {
    const http = fc.record({ headers, contentType, source: name, format: name });
    fc.assert(
      fc.property(anyBody, http, (made, about) => {
        // As it comes off the wire, where `__proto__` is a member like any other.
        const said = JSON.parse(JSON.stringify(made)) as Json;
        expect(failureOf(said, about)).toBeUndefined();
      }),
      { numRuns: 1000 },
    );
  });
});
