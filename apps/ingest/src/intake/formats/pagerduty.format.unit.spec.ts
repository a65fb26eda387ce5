import { problemIdOf } from '@signalbox/contracts';
import { refusalOf, signalOf } from '../delivery.fixture.spec.ts';

/**
 * Example payloads, shortened:
 * https://github.com/PagerDuty/developer-docs/blob/main/docs/webhooks/01-Overview.md
 */
const incident = {
  id: 'PGR0VU2',
  type: 'incident',
  self: 'https://api.pagerduty.com/incidents/PGR0VU2',
  html_url: 'https://example.pagerduty.com/incidents/PGR0VU2',
  number: 2,
  status: 'triggered',
  incident_key: 'd3640fbd41094207a1c11e58e46b1662',
  created_at: '2026-11-21T04:16:27Z',
  title: 'The checkout is slow',
  service: { id: 'PF9KMXH', summary: 'API Service', type: 'service_reference' },
  assignees: [],
  priority: { id: 'PSO75BM', summary: 'P1', type: 'priority_reference' },
  urgency: 'high',
  resolve_reason: null,
};

const eventOf = (name: string, data: object = {}) => ({
  event: {
    id: `5ac64822-${name}`,
    event_type: name,
    resource_type: 'incident',
    occurred_at: '2026-11-21T04:45:22.169Z',
    agent: null,
    client: { name: 'PagerDuty' },
    data: { ...incident, ...data },
  },
});
const triggered = signalOf(eventOf('incident.triggered'));

describe('PagerDuty v3', () => {
  it('SIG-2: makes an incident a canonical signal', () => {
    expect(triggered).toMatchObject({
      source: 'pagerduty',
      type: 'incident',
      title: 'The checkout is slow',
      severity: 'high',
      status: 'firing',
      labels: { event: 'incident.triggered', service: 'API Service', priority: 'P1', number: '2' },
      fingerprint: 'PGR0VU2',
      problemId: problemIdOf('pagerduty', 'PGR0VU2'),
      startsAt: '2026-11-21T04:16:27.000Z',
      startsAtKnown: true,
      payload: eventOf('incident.triggered'),
    });
  });

  it('SIG-4: what happens to an open incident is the same fact', () => {
    for (const name of ['incident.acknowledged', 'incident.escalated', 'incident.delegated']) {
      const { id, type, labels } = signalOf(eventOf(name, { status: 'acknowledged' }));
      expect({ id, type }).toEqual({ id: triggered.id, type: triggered.type });
      expect(labels['event']).toBe(name);
    }
  });

  it('SIG-2: understands the end of an incident, and that it was opened again', () => {
    const resolved = signalOf(eventOf('incident.resolved', { status: 'resolved' }));
    expect(resolved).toMatchObject({ status: 'resolved', problemId: triggered.problemId });
    expect(resolved.id).not.toBe(triggered.id);
    const reopened = signalOf(eventOf('incident.reopened'));
    expect(reopened).toMatchObject({ status: 'firing', startsAtKnown: false });
    expect(reopened.id).not.toBe(triggered.id);
  });

  it('SIG-2: takes what is no incident for an event of no problem', () => {
    const note = { id: 'P2LA89X', type: 'incident_note', title: null, content: 'A note' };
    const signal = signalOf(eventOf('incident.annotated', { ...note, status: 'resolved' }));
    expect(signal).toMatchObject({
      type: 'incident.annotated',
      title: 'A note',
      status: 'firing',
      startsAt: '2026-11-21T04:45:22.169Z',
    });
    expect(signal).not.toHaveProperty('problemId');
    const ping = {
      event: { id: '1', event_type: 'pagey.ping', data: { message: 'Hello', type: 'ping' } },
    };
    expect(signalOf(ping)).toMatchObject({ source: 'pagerduty', title: 'Hello' });
  });

  it.each([
    ['event', {}],
    ['event.event_type', { event: { data: {} } }],
    ['event.data', { event: { event_type: 'incident.triggered', data: 'x' } }],
  ])('SIG-2: refuses a body without %s, naming it', (field, body) => {
    expect(refusalOf(body, { source: 'pagerduty' })).toMatchObject({
      kind: 'invalid',
      fields: [{ field }],
    });
  });
});
