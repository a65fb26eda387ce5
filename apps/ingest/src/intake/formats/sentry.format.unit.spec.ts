import { problemIdOf } from '@signalbox/contracts';
import { refusalOf, signalOf } from '../delivery.fixture.spec.ts';

const installation = { uuid: 'a8e5d37a-696c-4c54-adb5-b3f28d64c7de' };
const actor = { id: 'sentry', name: 'Sentry', type: 'application' };
const PROBLEM = problemIdOf('sentry', '1170820242');

/** https://docs.sentry.io/organization/integrations/integration-platform/webhooks/issues/ */
const issue = {
  action: 'created',
  actor,
  data: {
    issue: {
      culprit: '?(runner)',
      firstSeen: '2026-11-21T04:58:37.391000Z',
      id: '1170820242',
      lastSeen: '2026-11-21T04:58:37.391000Z',
      level: 'error',
      permalink: null,
      platform: 'javascript',
      project: { id: '1', name: 'front-end', platform: '', slug: 'front-end' },
      shortId: 'FRONT-END-9',
      status: 'unresolved',
      title: 'ReferenceError: total is not defined',
      web_url: 'https://sentry.example/issues/1170820242/',
    },
  },
  installation,
};
const withAction = (action: string, about: object = {}) => ({
  ...issue,
  action,
  data: { issue: { ...issue.data.issue, ...about } },
});

/** https://docs.sentry.io/organization/integrations/integration-platform/webhooks/issue-alerts/ */
const alert = {
  action: 'triggered',
  actor,
  data: {
    event: {
      culprit: '?(<anonymous>)',
      datetime: '2026-11-21T04:59:30.000000Z',
      environment: 'production',
      event_id: 'e4874d664c3540c1a32eab185f12c5ab',
      issue_id: '1170820242',
      level: 'error',
      project: 1,
      title: 'ReferenceError: total is not defined',
      web_url: 'https://sentry.example/issues/1170820242/events/e4874d66/',
    },
    triggered_rule: 'Very Important Alert Rule!',
  },
  installation,
};

/** https://docs.sentry.io/organization/integrations/integration-platform/webhooks/metric-alerts/ */
const metric = {
  action: 'critical',
  actor,
  data: {
    description_text: '1000 events in the last 10 minutes',
    description_title: 'Critical: Too many errors',
    metric_alert: { id: '7', date_started: '2026-11-21T04:26:40.000000Z', projects: ['shop'] },
    web_url: 'https://sentry.example/alerts/7/',
  },
  installation,
};

describe('Sentry', () => {
  it('SIG-2: makes an issue a canonical signal', () => {
    expect(signalOf(issue)).toMatchObject({
      source: 'sentry',
      type: 'issue',
      title: 'ReferenceError: total is not defined',
      severity: 'error',
      status: 'firing',
      labels: { action: 'created', project: 'front-end', issue: 'FRONT-END-9' },
      fingerprint: '1170820242',
      problemId: PROBLEM,
      startsAt: '2026-11-21T04:58:37.391Z',
      startsAtKnown: true,
      payload: issue,
    });
  });

  it('SIG-2: makes an issue alert a canonical signal on the same problem', () => {
    const headers = { 'sentry-hook-resource': 'event_alert' };
    expect(signalOf(alert, { headers })).toMatchObject({
      type: 'event_alert',
      title: 'ReferenceError: total is not defined',
      severity: 'error',
      labels: { environment: 'production', rule: 'Very Important Alert Rule!', project: '1' },
      problemId: PROBLEM,
      startsAtKnown: false,
    });
  });

  it.each([
    ['resolved', 'resolved'],
    ['archived', 'resolved'],
    ['assigned', 'firing'],
    ['unresolved', 'firing'],
  ])('SIG-2: takes an issue that was %s for %s', (action, status) => {
    expect(signalOf(withAction(action))).toMatchObject({ status, problemId: PROBLEM });
  });

  it('SIG-4: assigning an issue, or an alert on it, is the same fact, its coming back is another', () => {
    expect(signalOf(withAction('assigned')).id).toBe(signalOf(issue).id);
    expect(signalOf(withAction('unresolved')).id).not.toBe(signalOf(issue).id);
    const headers = { 'sentry-hook-resource': 'activity_alert' };
    const { id, type } = signalOf(withAction('triggered'), { headers });
    expect({ id, type }).toEqual({ id: signalOf(issue).id, type: 'issue' });
  });

  it('SIG-2: makes a metric alert a canonical signal, and its end', () => {
    const signal = signalOf(metric);
    expect(signal).toMatchObject({
      title: 'Critical: Too many errors',
      severity: 'critical',
      fingerprint: 'metric_alert/7',
      startsAt: '2026-11-21T04:26:40.000Z',
    });
    expect(signalOf({ ...metric, action: 'resolved' })).toMatchObject({
      status: 'resolved',
      problemId: signal.problemId,
    });
  });

  it('SIG-2: takes any other resource for an event', () => {
    const comment = { action: 'created', data: { comment: 'On it', issue_id: '1' }, installation };
    expect(signalOf(comment)).toMatchObject({ type: 'comment', title: 'On it' });
    expect(signalOf(comment)).not.toHaveProperty('problemId');
    const installed = { action: 'created', data: { installation: {} }, installation };
    expect(signalOf(installed).title).toBe('installation created');
  });

  it('SIG-2: refuses what it is not, naming the fields', () => {
    expect(refusalOf({ action: 7 }, { source: 'sentry' })).toMatchObject({
      kind: 'invalid',
      fields: [{ field: 'action' }, { field: 'data' }],
    });
  });
});
