import type { JsonObject } from '@signalbox/kernel';
import { call, startPeer, toolboxFor, type Peer, type Received } from './peer.fixture.spec.ts';
import { remediationConfig } from './remediation.schema.ts';
import { RemediationTool } from './remediation.tool.ts';

const TOKEN = 'token-of-the-runner';
const UUID = '8b7d2e10-0000-4000-8000-000000000001';
const kinds = ['rundeck', 'awx'] as const;
type Kind = (typeof kinds)[number];

/** A stand-in for both vendors, with the shapes of their documentation. */
class Runner {
  /** What each look at the job finds, the last one for ever. */
  states: string[] = ['running'];
  start: { code?: number; body?: unknown } | 'lost' | undefined;
  launch: object = { ask_variables_on_launch: true, survey_enabled: false };
  /** Ways in which looks at the job go wrong before one does not. */
  troubles: ({ code?: number; body?: unknown } | 'lost')[] = [];
  stopped = false;

  answer = ({ method, url: { pathname: path } }: Received) => {
    if (/\/(abort|cancel\/)$/.test(path)) {
      this.stopped = true;
      return { code: 202 };
    }
    if (method === 'POST') return this.start ?? this.started(path);
    if (path.endsWith('/launch/')) return { body: this.launch };
    const trouble = this.troubles.shift();
    if (trouble) return trouble;
    const status = this.states.length > 1 ? this.states.shift() : this.states[0];
    return { body: { id: 77, status } };
  };

  private started(path: string) {
    return path.startsWith('/api/v2/')
      ? { code: 201, body: { job: 77, id: 77, ignored_fields: {} } }
      : { body: { id: 77, status: 'running', permalink: 'http://rundeck.test/e/77' } };
  }
}

describe.each(kinds)('execute_remediation with the runner %s', (kind: Kind) => {
  let peer: Peer;
  let runner: Runner;
  beforeAll(async () => {
    peer = await startPeer();
  });
  beforeEach(() => {
    peer.received.splice(0);
    runner = new Runner();
    peer.answer = (received) => runner.answer(received);
  });
  afterAll(() => peer.close());

  function toolWith(given: object = {}, allow = [new URL(peer.origin).host]) {
    const id = kind === 'awx' ? '42' : UUID;
    const job = { runner: 'jobs', id, callIdOption: 'signalbox_call', ...given };
    const config = remediationConfig.parse({
      runners: { jobs: { kind, url: `${peer.origin}/`, token: 'env:TOKEN', pollEveryMs: 50 } },
      commands: { restart: { job, timeoutMs: 3_000 }, hasty: { job, timeoutMs: 400 } },
    });
    const toolbox = toolboxFor({ allow, env: { TOKEN } });
    return new RemediationTool(config, toolbox, 10_000);
  }
  const run = (command = 'restart', target = 'checkout') =>
    toolWith().run({ command, target }, call());
  const starts = () =>
    peer.received.filter(
      ({ method, url }) => method === 'POST' && /run$|launch/.test(url.pathname),
    );

  it('GTW-3: starts the job with the target and the effect key, and waits for its end', async () => {
    runner.states =
      kind === 'awx' ? ['pending', 'running', 'successful'] : ['running', 'succeeded'];
    const link =
      kind === 'awx' ? `${peer.origin}/#/jobs/playbook/77/output` : 'http://rundeck.test/e/77';
    const status = kind === 'awx' ? 'successful' : 'succeeded';
    expect(await run()).toEqual({
      status: 'succeeded',
      result: {
        command: 'restart',
        target: 'checkout',
        job: { runner: 'jobs', id: '77', status, link },
      },
    });
    const [start, ...more] = starts();
    expect(more).toEqual([]);
    const options = { target: 'checkout', signalbox_call: 'CALL1' };
    expect(JSON.parse(start?.body ?? '')).toEqual(
      kind === 'awx' ? { extra_vars: options } : { options },
    );
    expect(start?.url.pathname).toBe(
      kind === 'awx' ? '/api/v2/job_templates/42/launch/' : `/api/24/job/${UUID}/run`,
    );
    expect(start?.headers).toMatchObject({
      'idempotency-key': 'CALL1',
      ...(kind === 'awx'
        ? { authorization: `Bearer ${TOKEN}` }
        : { 'x-rundeck-auth-token': TOKEN }),
    });
    expect(runner.stopped).toBe(false);
  });

  it('GTW-3: says that the job has failed, and where to look', async () => {
    runner.states = ['running', 'failed'];
    expect(await run()).toMatchObject({
      status: 'failed',
      code: 'job_failed',
      message: expect.stringMatching(/^restart checkout: the job 77 of jobs \(http.*failed\.$/),
    });
  });

  it('GTW-6: looks again when a look at the job fails', async () => {
    runner.troubles = [{ code: 502 }, 'lost', { body: '<html>' }, { body: { status: 7 } }];
    runner.states = [kind === 'awx' ? 'successful' : 'succeeded'];
    expect(await run()).toMatchObject({ status: 'succeeded' });
    expect(starts()).toHaveLength(1);
  });

  it.each([
    ['the answer is lost', 'lost'],
    ['a proxy gives up', { code: 504, body: 'gateway timeout' }],
    ['the answer tells no job', { body: { message: 'thanks' } }],
    ['the answer is no JSON', { body: '<html>' }],
    ['the answer is too large', { body: 'x'.repeat(1_000_001) }],
    ['the job has a strange id', { body: { id: '../../x', job: '../../x' } }],
  ] as const)('GTW-6: nobody knows whether the job was started when %s', async (_, answer) => {
    runner.start = answer;
    expect(await run()).toMatchObject({ status: 'interrupted', code: 'start_unknown' });
    expect(starts()).toHaveLength(1);
  });

  it.each([
    ['http_status', { code: 403, body: { message: 'no such job' } }],
    ['redirected', { code: 302, body: '' }],
  ])('GTW-3: a job that is refused was not started: %s', async (code, answer) => {
    runner.start = answer;
    expect(await run()).toMatchObject({ status: 'failed', code });
  });

  it('GTW-6: asks the job to stop when the time is up, and says that it may have acted', async () => {
    expect(await run('hasty')).toMatchObject({
      status: 'interrupted',
      code: 'timeout',
      message: expect.stringMatching(/asked to stop, after 400 ms; last seen: running/),
    });
    expect(runner.stopped).toBe(true);
  });

  it('CTL-1: asks the job to stop when the signal is aborted', async () => {
    const controller = new AbortController();
    peer.answer = (received) => {
      if (/execution|jobs/.test(received.url.pathname)) controller.abort();
      return runner.answer(received);
    };
    const target = { command: 'restart', target: 'checkout' };
    const answer = await toolWith().run(target, { callId: 'CALL1', signal: controller.signal });
    expect(answer).toMatchObject({ status: 'interrupted', code: 'cancelled' });
    expect(runner.stopped).toBe(true);
  });

  it('GTW-7: asks no runner that is not listed', async () => {
    const use: JsonObject = { command: 'restart', target: 'checkout' };
    expect(await toolWith({}, []).run(use, call())).toMatchObject({
      status: 'failed',
      code: 'host_not_allowed',
    });
    expect(peer.received).toEqual([]);
  });

  it('GTW-5: objects to what is no target of the command', () => {
    const tool = toolWith();
    for (const target of ['--all', 'a b', '../x', '*', 'a\nb']) {
      expect(tool.objectionTo({ command: 'restart', target })).toMatch(/targets that match/);
    }
  });

  it('GTW-3: a runner that is not there is told of at the start', () => {
    expect(() => toolWith({ runner: 'others' })).toThrow(/not under remediation\.runners/);
    expect(() => toolWith({ id: '../admin' })).toThrow(/id/);
  });

  if (kind === 'awx') {
    it('GTW-3: starts no job that would not see the target', async () => {
      runner.launch = { ask_variables_on_launch: false, survey_enabled: false };
      expect(await run()).toMatchObject({ status: 'failed', code: 'target_not_taken' });
      expect(starts()).toEqual([]);
    });

    it('GTW-6: stops a job that was started without the target', async () => {
      const body = { job: 77, ignored_fields: { extra_vars: { target: 'checkout' } } };
      runner.start = { code: 201, body };
      expect(await run()).toMatchObject({ status: 'interrupted', code: 'target_ignored' });
      expect(runner.stopped).toBe(true);
    });
  }
});

it('GTW-3: execute_remediation says that it is not configured', async () => {
  const tool = new RemediationTool(undefined, toolboxFor({}), 9);
  expect(tool).toMatchObject({ approvalRequired: false, repeatable: true });
  const use: JsonObject = { command: 'restart', target: 'checkout' };
  expect(tool.objectionTo(use)).toBeUndefined();
  expect(await tool.run(use, call())).toMatchObject({ result: { configured: false } });
});
