import { problemIdOf } from '@signalbox/contracts';
import { refusalOf, signalOf } from '../delivery.fixture.spec.ts';

/** The default payload: https://docs.datadoghq.com/integrations/webhooks/ */
const byDefault = {
  body: '%%% CPU of web-03 was above 95 % %%%',
  last_updated: '1795237190000',
  event_type: 'metric_alert_monitor',
  title: '[Triggered on {host:web-03}] CPU high',
  date: '1795237200000',
  org: { id: '12345', name: 'example' },
  id: '7089903685627551077',
};

/** A custom one, of the variables that the same page documents; ours in publish-a-signal.md. */
const custom = {
  ...byDefault,
  alert_id: '309811',
  aggreg_key: '9bd4ac313a4d1e8fae2482df7b77628',
  alert_transition: 'Triggered',
  alert_type: 'error',
  alert_priority: 'P1',
  alert_scope: 'host:web-03',
  hostname: 'web-03',
  tags: 'env:prod, service:checkout,monitor',
  link: 'https://app.datadoghq.com/event/event?id=7089903685627551077',
};

describe('Datadog', () => {
  it('SIG-2: makes the default webhook payload a canonical signal', () => {
    const signal = signalOf(byDefault);
    expect(signal).toMatchObject({
      source: 'datadog',
      type: 'metric_alert_monitor',
      title: '[Triggered on {host:web-03}] CPU high',
      status: 'firing',
      startsAt: '2026-11-21T05:00:00.000Z',
      startsAtKnown: true,
      payload: byDefault,
    });
    expect(signal).not.toHaveProperty('problemId');
    const title = '[Recovered on {host:web-03}] CPU high';
    expect(signalOf({ ...byDefault, title }).status).toBe('resolved');
  });

  it('SIG-2: makes a custom payload of the documented variables a canonical signal', () => {
    expect(signalOf(custom)).toMatchObject({
      severity: 'p1',
      status: 'firing',
      labels: {
        env: 'prod',
        service: 'checkout',
        monitor: '309811',
        host: 'web-03',
        url: custom.link,
      },
      fingerprint: custom.aggreg_key,
      problemId: problemIdOf('datadog', custom.aggreg_key),
      startsAtKnown: false,
    });
  });

  it.each([
    ['Recovered', 'resolved'],
    ['Warn Recovered', 'resolved'],
    ['Re-Triggered', 'firing'],
    ['No Data', 'firing'],
    ['Warn', 'firing'],
  ])('SIG-2: takes the transition %s for %s', (transition, status) => {
    expect(signalOf({ ...custom, alert_transition: transition }).status).toBe(status);
  });

  it('SIG-2: takes the priority of the monitor first, so that a report and its end agree', () => {
    const over = { ...custom, alert_transition: 'Recovered', alert_type: 'success' };
    expect(signalOf(over)).toMatchObject({ severity: 'p1', status: 'resolved' });
    const { alert_priority: _, ...unranked } = custom;
    expect(signalOf(unranked).severity).toBe('error');
    expect(signalOf({ ...unranked, alert_type: 'success' })).not.toHaveProperty('severity');
    expect(signalOf({ ...custom, severity: 'SEV-2' }).severity).toBe('sev-2');
  });

  it('SIG-4: names the problem by monitor and scope where no aggregation key is sent', () => {
    const { aggreg_key: _, ...unkeyed } = custom;
    const ids = [unkeyed, { ...unkeyed, id: 'x' }, { ...unkeyed, alert_scope: 'host:web-04' }].map(
      (body) => signalOf(body).problemId,
    );
    expect(ids[1]).toBe(ids[0]);
    expect(ids[2]).not.toBe(ids[0]);
  });

  it('SIG-4: the same event sent again is the same signal', () => {
    const again = { id: '01KAJ1X0000000000000000009', receivedAt: new Date() };
    expect(signalOf(byDefault, again).id).toBe(signalOf(byDefault).id);
    expect(signalOf({ ...byDefault, id: '8' }).id).not.toBe(signalOf(byDefault).id);
  });

  it('SIG-2: is useful whatever a template leaves out, and refuses what is no object', () => {
    const odd = { alert_type: 7, tags: [{}, 'a:b'], alert_transition: null };
    expect(signalOf(odd, { source: 'datadog' })).toMatchObject({
      title: 'Datadog event',
      type: 'event',
      labels: { a: 'b' },
    });
    expect(refusalOf(['x'], { source: 'datadog' })).toMatchObject({ kind: 'invalid' });
  });
});
