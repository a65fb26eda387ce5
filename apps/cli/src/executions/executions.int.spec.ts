import { startApiStandIn, type ApiStandIn, type Routes } from '../api-stand-in.fixture.spec.ts';

const ID = '01KAJ1X0000000000000000001';
const listed = {
  execution_id: ID,
  signal_id: ID,
  source: 'datadog',
  kind: 'agent',
  target: 'diagnose_repair',
  objective: 'Find out\nwhy.\u001b[2J',
  risk_level: 'medium',
  status: 'failed',
  outcome: 'budget: 10 of 10 tokens used',
  started_at: '2026-11-21T05:00:00.000Z',
  ended_at: '2026-11-21T05:00:09.000Z',
  updated_at: '2026-11-21T05:00:09.000Z',
};
const goesOn = { ...listed, status: 'awaiting_approval', outcome: null, ended_at: null };
const detail = {
  ...goesOn,
  parent: { execution_id: ID },
  plan: {
    agent_version: 3,
    models: [{ provider: 'anthropic', model: 'm' }],
    tools: [{ name: 'get_recent_logs' }],
    agents: [],
    max_steps: 8,
    deadline_ms: 86_400_000,
    budget: { tokens: 1000, usd: null },
  },
  waiting: { for: 'approval', approval_id: ID, since: '2026-11-21T05:00:03.000Z' },
  lease: { resource: 'checkout', token: 17, until: '2026-11-21T05:10:00.000Z' },
  usage: {
    model_calls: 2,
    prompt_tokens: 1200,
    cache_read_tokens: 800,
    completion_tokens: 90,
    usd: 0.0123,
    unpriced_calls: 1,
  },
  steps: [
    {
      step: 1,
      kind: 'model',
      name: 'm',
      provider: 'anthropic',
      offline: false,
      status: 'answered',
      answer: 'I look at the logs.\nThen I act.',
      started_at: '2026-11-21T05:00:01.000Z',
      ended_at: '2026-11-21T05:00:02.000Z',
    },
    {
      step: 1,
      kind: 'tool',
      name: 'get_recent_logs',
      call_id: ID,
      arguments: { service: 'checkout' },
      status: 'refused',
      code: 'rate_limited',
      answer: 'Too often.',
      started_at: '2026-11-21T05:00:02.000Z',
      ended_at: '2026-11-21T05:00:02.100Z',
    },
    {
      step: 2,
      kind: 'tool',
      name: 'get_recent_logs',
      call_id: ID,
      arguments: { service: 'checkout' },
      status: 'succeeded',
      answer: { content: [{ type: 'text', text: 'disk full\nagain' }] },
      started_at: '2026-11-21T05:00:03.000Z',
      ended_at: '2026-11-21T05:00:03.100Z',
    },
  ],
};
const LIST = 'GET /api/executions?limit=20';

describe('signalbox executions', () => {
  let api: ApiStandIn;
  beforeAll(async () => {
    api = await startApiStandIn();
  });
  afterAll(() => api.stop());

  const run = (words: string, routes: Routes = {}, columns?: number) =>
    api.run(['executions', ...words.split(' ')], routes, columns);

  it('CLI-1: list has two lines for each, which fit the screen', async () => {
    const routes: Routes = { [LIST]: [200, [goesOn, listed]] };
    const { code, out } = await run('list', routes);
    expect(code).toBe(0);
    expect(out.split('\n')).toEqual([
      `${ID}  diagnose_repair: Find out why.\\u001b[2J`,
      '  waits for a person, for 10 min 0 s, datadog',
      `${ID}  diagnose_repair: Find out why.\\u001b[2J`,
      '  failed, 2026-11-21 05:00 UTC, after 9 s, datadog, budget: 10 of 10 tokens used',
      'signalbox executions show <id>, watch <id> or cancel <id>',
    ]);
    const narrow = (await run('list', routes, 50)).out.split('\n').slice(0, 4);
    expect(Math.max(...narrow.map((line) => line.length))).toBe(50);
    expect(JSON.parse((await run('list --json', routes)).out)).toEqual([goesOn, listed]);
    expect((await run('list', { [LIST]: [200, []] })).out).toBe('There are none.');
  });

  it('CLI-1: show lets nothing of others reach the terminal as it came', async () => {
    const evil = 'x\u001b[2J\u202e\nforged';
    const hostile = {
      ...detail,
      source: evil,
      target: evil,
      outcome: evil,
      waiting: { for: 'tool', call_id: ID, tool: evil, since: null },
      plan: {
        ...detail.plan,
        models: [{ provider: evil, model: evil }],
        tools: [{ name: evil }],
        agents: [{ agent: evil }],
      },
      lease: { ...detail.lease, resource: evil },
      steps: detail.steps.map((step) => ({ ...step, name: evil, answer: evil })),
    };
    const { out } = await run(`show ${ID}`, { [`GET /api/executions/${ID}`]: [200, hostile] });
    expect(out).not.toMatch(/(?!\n)[\p{Cc}\p{Bidi_Control}]/u);
    expect(out).not.toMatch(/^forged/m);
  });

  it('CLI-1: list asks for what is wanted', async () => {
    const words = 'list --status running --agent a --source s&t --limit 3';
    const { asked } = await run(words);
    expect(asked).toEqual(['GET /api/executions?status=running&agent=a&source=s%26t&limit=3']);
  });

  it('CLI-1: show says how it stands, what it waits for, its steps, and what it used', async () => {
    const routes: Routes = { [`GET /api/executions/${ID}`]: [200, detail] };
    const { code, out } = await run(`show ${ID}`, routes);
    expect(code).toBe(0);
    expect(out.split('\n')).toEqual([
      ID,
      'status     waits for a person',
      `waiting    for a person: signalbox approve ${ID}, or reject, since 2026-11-21 05:00:03 UTC`,
      'agent      diagnose_repair, version 3',
      'objective  Find out why.\\u001b[2J',
      `signal     ${ID} of datadog`,
      `for        execution ${ID}`,
      'risk       medium',
      'time       since 2026-11-21 05:00:00 UTC',
      'models     anthropic/m',
      'tools      get_recent_logs',
      'at most    8 steps, 24 h 0 min, 1000 tokens',
      'lease      checkout, token 17, until 2026-11-21T05:10:00.000Z',
      'used       1200 (800 cached) + 90 tokens in 2 model calls, 0.0123 US dollars, 1 of unknown price',
      '  1  05:00:01.000  model anthropic/m  answered',
      '                   I look at the logs. Then I act.',
      '  1  05:00:02.000  get_recent_logs {"service":"checkout"}  refused',
      '                   rate_limited: Too often.',
      '  2  05:00:03.000  get_recent_logs {"service":"checkout"}  succeeded',
      '                   disk full',
    ]);
    const narrow = (await run(`show ${ID}`, routes, 50)).out.split('\n').slice(14);
    expect(Math.max(...narrow.map((line) => line.length))).toBe(50);
    expect(JSON.parse((await run(`show ${ID} --json`, routes)).out)).toEqual(detail);
  });

  it.each([
    [{ for: 'tool', call_id: ID, tool: 't', since: null }, `for tool t, call ${ID}`],
    [
      { for: 'model', attempt: 2, until: '2026-11-21T05:01:00.000Z', since: null },
      'for the model, asked again at 2026-11-21 05:01:00 UTC (2 failed)',
    ],
    [{ for: 'lease', resource: 'checkout', since: null }, 'for its turn with checkout'],
  ])('CLI-1: show says that a run waits: %j', async (waiting, text) => {
    const routes: Routes = { [`GET /api/executions/${ID}`]: [200, { ...detail, waiting }] };
    expect((await run(`show ${ID}`, routes)).out).toContain(`waiting    ${text}\n`);
  });

  it('CLI-1: cancel says why, and what came of it', async () => {
    const path = `POST /api/executions/${ID}/cancel`;
    const answer = (status: number, body: object): Routes => ({ [path]: [status, body] });
    const args = ['executions', 'cancel', ID, '--reason', 'wrong host'];
    const done = await api.run(args, answer(200, { status: 'cancelled', execution_id: ID }));
    expect(done).toMatchObject({ code: 0, out: `cancelled ${ID}` });
    expect(done.asked).toEqual([`${path} {"reason":"wrong host"}`]);
    const later = await api.run(args, answer(202, { status: 'pending', message: 'Stored.' }));
    expect(later).toMatchObject({ code: 0, out: 'pending: Stored.' });
    const ended = await api.run(args, answer(409, { detail: 'It has ended: completed.' }));
    expect(ended).toMatchObject({ code: 5, err: 'signalbox: It has ended: completed.' });
    expect((await run(`cancel ${ID}`)).code).toBe(2);
  });

  const event = (type: string, data: object, sequence: number) => ({
    sequence,
    id: ID,
    type,
    aggregate: 'execution',
    aggregate_id: ID,
    created_at: '2026-11-21T05:00:00.000Z',
    actor: 'service:agent-runner',
    correlation_id: ID,
    causation_id: ID,
    data,
  });
  const frame = (data: object, name?: string) =>
    `${name ? `event: ${name}\n` : ''}data: ${JSON.stringify(data)}\n\n`;
  const LIVE = `GET /api/executions/${ID}/live`;
  const story = (status: string) =>
    `: hello\n\n${frame(event('execution.activated', { runner: 'one' }, 7))}` +
    frame({ step: 1, text: 'I ' }, 'text') +
    frame({ step: 1, text: 'look\u001b[2J' }, 'text') +
    frame(event('execution.completed', { summary: 'Done.' }, 8)) +
    frame({ status, outcome: 'Done.' }, 'end');

  it('CLI-1: watch tells what happens until the run ends, and by its code whether it reached its goal', async () => {
    const { code, out, passing } = await run(`watch ${ID}`, { [LIVE]: [200, story('completed')] });
    expect(code).toBe(0);
    expect(passing).toEqual(['  … I', '  … I look\\u001b[2J', '']);
    expect(out.split('\n')).toEqual([
      '    #7 05:00:00.000    activated      by one',
      '    #8 05:00:00.000    completed      Done.',
      'completed: Done.',
    ]);
    const json = await run(`watch ${ID} --json`, { [LIVE]: [200, story('failed')] });
    expect(json.code).toBe(11);
    expect(json.out.split('\n').map((line) => JSON.parse(line).event)).toEqual([
      'message',
      'text',
      'text',
      'message',
      'end',
    ]);
  });

  it('CLI-1: watch says when it cannot tell the end', async () => {
    const cut = await run(`watch ${ID}`, { [LIVE]: [200, ': hello\n\n'] });
    expect(cut).toMatchObject({ code: 6, err: expect.stringContaining('Watch it again') });
    const unknown = await run(`watch ${ID}`, { [LIVE]: [404, { detail: 'Nothing is known.' }] });
    expect(unknown).toMatchObject({ code: 4, err: 'signalbox: Nothing is known.' });
  });
});
