import { problemIdOf } from '@signalbox/contracts';
import { refusalOf, signalsOf } from '../delivery.fixture.spec.ts';

/**
 * After https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier/
 */
const group = {
  receiver: 'Signalbox',
  status: 'firing',
  orgId: 1,
  alerts: [
    {
      status: 'firing',
      labels: { alertname: 'High memory usage', severity: 'Warning', zone: 'us-1' },
      annotations: { summary: 'Memory of zone us-1 above 90 %' },
      startsAt: '2026-11-21T06:51:03.157076+02:00',
      endsAt: '0001-01-01T00:00:00Z',
      generatorURL: 'https://grafana.example/alerting/1afz29v7z/edit',
      fingerprint: 'c6eadffa33fcdf37',
      silenceURL: 'https://grafana.example/alerting/silence/new',
      dashboardURL: '',
      panelURL: '',
      values: { B: 44.23943737541908, C: 1 },
    },
    {
      status: 'resolved',
      labels: { alertname: 'High CPU usage', zone: 'eu-1' },
      annotations: null,
      startsAt: '2026-11-21T04:56:03.157076Z',
      endsAt: '2026-11-21T04:59:03Z',
      generatorURL: 'https://grafana.example/alerting/d1rdpdv7k/edit',
      fingerprint: 'bc97ff14869b13e3',
      silenceURL: '',
      dashboardURL: '',
      panelURL: '',
      values: null,
    },
  ],
  groupLabels: {},
  commonLabels: {},
  commonAnnotations: {},
  externalURL: 'https://grafana.example/',
  version: '1',
  groupKey: '{}:{}',
  truncatedAlerts: 0,
  title: '[FIRING:1, RESOLVED:1]',
  state: 'alerting',
  message: '**Firing**',
};

describe('Grafana', () => {
  it('SIG-2: makes one canonical signal of each alert of a unified alerting webhook', () => {
    expect(signalsOf(group)).toMatchObject([
      {
        source: 'grafana',
        type: 'High memory usage',
        title: 'Memory of zone us-1 above 90 %',
        severity: 'warning',
        status: 'firing',
        labels: { zone: 'us-1' },
        fingerprint: 'c6eadffa33fcdf37',
        problemId: problemIdOf('grafana', 'c6eadffa33fcdf37'),
        startsAt: '2026-11-21T04:51:03.157Z',
        startsAtKnown: true,
        payload: { values: { C: 1 }, orgId: 1, receiver: 'Signalbox' },
      },
      { title: 'High CPU usage', status: 'resolved', raw: { index: 1 } },
    ]);
  });

  it('SIG-2: refuses a group with one alert that is none, as a whole, naming the field', () => {
    const alerts = [...group.alerts, { status: 'firing' }];
    expect(refusalOf({ ...group, alerts })).toMatchObject({
      kind: 'invalid',
      fields: [{ field: 'alerts.2.labels' }, { field: 'alerts.2.startsAt' }],
    });
  });
});
