import type { Json } from '@signalbox/kernel';
import { refusalOf, signalOf } from '../delivery.fixture.spec.ts';

const repository = { id: 300029405, name: 'octo-repo', full_name: 'octo-org/octo-repo' };
const sender = { login: 'octocat', type: 'User' };
const sent = (event: string, body: Record<string, Json>) =>
  signalOf({ repository, sender, ...body }, { headers: { 'x-github-event': event } });

/**
 * Shortened examples of https://github.com/octokit/webhooks/tree/main/payload-examples/api.github.com
 */
const run = (conclusion: string | null) => ({
  action: 'completed',
  workflow: { id: 2823525, name: 'test', state: 'active' },
  workflow_run: {
    id: 289782451,
    name: '',
    conclusion,
    head_branch: 'main',
    html_url: 'https://github.com/octo-org/octo-repo/actions/runs/289782451',
  },
});

const dependabot = (state: string) => ({
  action: state === 'open' ? 'created' : state,
  alert: {
    number: 20,
    state,
    dependency: { package: { ecosystem: 'npm', name: 'semver' } },
    security_advisory: { summary: 'semver vulnerable to denial of service', severity: 'medium' },
    security_vulnerability: { severity: 'Medium' },
    html_url: 'https://github.com/octo-org/octo-repo/security/dependabot/20',
  },
});

describe('GitHub', () => {
  it('SIG-2: makes a failed workflow run a canonical signal', () => {
    const signal = sent('workflow_run', run('failure'));
    expect(signal).toMatchObject({
      source: 'github',
      type: 'workflow_run',
      title: 'octo-org/octo-repo workflow_run failure test',
      status: 'firing',
      labels: {
        repository: 'octo-org/octo-repo',
        action: 'completed',
        state: 'failure',
        branch: 'main',
        sender: 'octocat',
        url: 'https://github.com/octo-org/octo-repo/actions/runs/289782451',
      },
      startsAtKnown: false,
      payload: { ...run('failure'), repository, sender },
    });
    expect(signal).not.toHaveProperty('problemId');
  });

  it('SIG-2: makes a security alert a canonical signal with its severity', () => {
    expect(sent('dependabot_alert', dependabot('open'))).toMatchObject({
      title: 'octo-org/octo-repo dependabot_alert open semver vulnerable to denial of service',
      severity: 'medium',
      status: 'firing',
    });
    const secret = { number: 42, state: 'open', secret_type: 'mailchimp_api_key' };
    expect(sent('secret_scanning_alert', { action: 'created', alert: secret }).title).toContain(
      'secret_scanning_alert open mailchimp_api_key',
    );
    const rule = { severity: 'warning', security_severity_level: 'high', description: 'Weak hash' };
    expect(sent('code_scanning_alert', { alert: { state: 'open', rule } })).toMatchObject({
      severity: 'high',
      title: 'octo-org/octo-repo code_scanning_alert open Weak hash',
    });
  });

  it.each<[string, string, Record<string, Json>]>([
    ['resolved', 'workflow_run', run('success')],
    ['firing', 'workflow_run', run(null)],
    ['resolved', 'dependabot_alert', dependabot('fixed')],
    ['resolved', 'dependabot_alert', dependabot('auto_dismissed')],
    ['firing', 'check_run', { check_run: { name: 'lint', conclusion: 'failure' } }],
    ['resolved', 'check_run', { check_run: { name: 'lint', conclusion: 'neutral' } }],
    ['firing', 'deployment_status', { deployment_status: { state: 'error' } }],
    ['resolved', 'issues', { action: 'closed', issue: { title: 'It is slow', state: 'closed' } }],
  ])('SIG-2: is %s by a %s that ended so', (status, event, body) => {
    expect(sent(event, body).status).toBe(status);
  });

  it.each<[string, Record<string, Json>, string]>([
    [
      'deployment_status',
      { deployment_status: { state: 'failure', environment: 'production' } },
      'octo-org/octo-repo deployment_status failure production',
    ],
    [
      'push',
      { ref: 'refs/heads/main', head_commit: { id: '1', message: 'fix: total' }, compare: 'c' },
      'octo-org/octo-repo push fix: total',
    ],
    [
      'issues',
      { action: 'opened', issue: { title: 'It is slow', state: 'open' } },
      'octo-org/octo-repo issues open It is slow',
    ],
    [
      'status',
      { state: 'failure', context: 'ci/build', name: 'octo-org/octo-repo' },
      'octo-org/octo-repo status failure ci/build',
    ],
    [
      'ping',
      { zen: 'Keep it logically awesome.', hook: {} },
      'octo-org/octo-repo ping Keep it logically awesome.',
    ],
    ['an event of next year', { what: 1 }, 'octo-org/octo-repo an event of next year'],
    ['__proto__', { state: 'failure' }, 'octo-org/octo-repo __proto__ failure'],
  ])('SIG-2: says what a %s is about', (event, body, title) => {
    expect(sent(event, body)).toMatchObject({ type: event, title });
  });

  it('SIG-2: refuses what is no object', () => {
    expect(refusalOf([1], { source: 'github' })).toMatchObject({ kind: 'invalid' });
  });
});
