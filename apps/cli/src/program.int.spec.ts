import { listenLocally, type LocalServer } from '@signalbox/testing';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { loadClientConfig } from './config.ts';
import { buildProgram, runProgram } from './program.ts';

interface Seen {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly key: IncomingMessage['headers'][string];
  readonly idempotencyKey: IncomingMessage['headers'][string];
  readonly body: string;
}

const ID = '01KAJ1X0000000000000000001';

/** What ingest answers, as its own tests hold it to. */
const answers: Record<string, readonly [number, unknown]> = {
  'POST /api/webhook': [202, { status: 'queued', message: 'm', signal_id: ID }],
  'GET /api/approvals': [
    200,
    [
      {
        id: ID,
        execution_id: ID,
        action_description: 'mender wants to use call_api {"body"',
        action: {
          kind: 'tool',
          tool: 'call_api',
          arguments: {
            body: { a: 'x'.repeat(3_000), z: 'drop\u200b all' },
            method: 'POST',
            url: 'http://a.test',
          },
        },
        risk_level: 'high',
        expires_at: '2026-11-21T05:04:10.000Z',
        stale: false,
      },
      {
        id: 'old',
        execution_id: ID,
        action_description: 'Start mender: restart search',
        action: {
          kind: 'start',
          target: 'mender',
          objective: `restart search ${'y'.repeat(9_000)}`,
        },
        risk_level: 'low',
        expires_at: '2026-11-21T05:01:00.000Z',
        stale: true,
      },
    ],
  ],
  [`POST /api/approvals/${ID}`]: [
    200,
    { status: 'approved_and_executed', execution_id: ID, approval_id: ID },
  ],
  'POST /api/webhook/signed': [
    401,
    { type: 'urn:x:signature-refused', detail: 'X-Hub-Signature-256 is missing.' },
  ],
  'POST /api/approvals/gone': [
    410,
    { type: 'urn:x:approval-expired', detail: 'Approval expired.' },
  ],
  'POST /api/chat': [
    200,
    {
      conversation_id: 'talk',
      status: 'awaiting_approval',
      message: 'First line.\n\u001b[2JSecond.',
      type: 'agent',
      signal_id: ID,
      execution_id: ID,
      approval_id: ID,
      agent_type: 'take_action',
    },
  ],
  'GET /api/problems?status=open': [
    200,
    [
      {
        id: ID,
        source: 'alertmanager',
        title: 'Checkout p99 latency above 2 s',
        severity: 'critical',
        status: 'open',
        first_seen: '2026-11-21T04:00:00.000Z',
        last_seen: '2026-11-21T04:59:48.000Z',
        resolved_at: null,
        reports: 37,
        episodes: 2,
        signal_id: ID,
      },
      {
        id: ID,
        source: 'sentry',
        title: 'Checkout fails',
        severity: null,
        status: 'open',
        first_seen: '2026-11-21T04:58:00.000Z',
        last_seen: '2026-11-21T04:59:00.000Z',
        resolved_at: null,
        reports: 1,
        episodes: 1,
        signal_id: ID,
      },
    ],
  ],
  'GET /api/problems': [200, []],
  'POST /api/kill': [200, { status: 'killed', message: 'All operations halted.' }],
  'GET /api/why/nothing': [404, { type: 'urn:x:id-not-found', detail: 'Nothing is known.' }],
  'GET /api/status': [
    200,
    {
      status: 'killed',
      kill_switch: true,
      pending_approvals: null,
      unusable_rules: [{ id: ID, name: 'broken', problem: 'rule broken: no such pattern' }],
      agents: [{ id: 'diagnose_repair', name: 'D' }],
      workflows: [],
      read_models: { status: 'unavailable', reason: 'Postgres does not answer.' },
    },
  ],
};

describe('the command line', () => {
  let api: LocalServer;
  let folder: string;
  const seen: Seen[] = [];
  /** The header with the next page. */
  let link: string | undefined;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'signalbox-cli-'));
    const server = createServer(async (request, response) => {
      const { method, url: path, headers } = request;
      const key = headers['x-stourio-key'];
      const idempotencyKey = headers['idempotency-key'];
      seen.push({ method, path, key, idempotencyKey, body: await text(request) });
      const allowed: readonly [number, unknown] | undefined =
        key === undefined ? [401, {}] : key === 'wrong' ? [403, {}] : undefined;
      const [status, body] = allowed ?? answers[`${method} ${path}`] ?? [500, {}];
      response
        .writeHead(status, link === undefined ? {} : { link })
        .end(typeof body === 'string' ? body : JSON.stringify(body));
    });
    api = await listenLocally(server);
  });
  afterAll(async () => {
    await api.stop();
    await rm(folder, { recursive: true });
  });

  afterEach(() => {
    link = undefined;
  });

  /** What a person types, line by line. */
  let typed: readonly string[] = [];
  const run = async (args: readonly string[], env: Record<string, string> = {}) => {
    const out: string[] = [];
    const err: string[] = [];
    seen.length = 0;
    const variables = {
      SIGNALBOX_URL: api.origin,
      SIGNALBOX_API_KEY: 'k',
      SIGNALBOX_HOME: folder,
      ...env,
    };
    const context = {
      terminal: {
        line: (line: string) => void out.push(line),
        error: (line: string) => void err.push(line),
        paint: (_tone: unknown, painted: string) => painted,
      },
      env: variables,
      config: (given?: string) => loadClientConfig(variables, given),
      readInput: async () => new TextEncoder().encode('{"from":"stdin"}'),
      lines: async function* () {
        yield* typed;
      },
      now: () => new Date('2026-11-21T05:00:00.000Z'),
    };
    const code = await runProgram(buildProgram(context), args, context);
    return { code, out: out.join('\n'), err: err.join('\n') };
  };

  it('CLI-1: send takes words, a file, or the standard input', async () => {
    const said = await run(['send', '--title', 'Disk full', '--severity', 'warning']);
    expect(said).toMatchObject({ code: 0, err: '' });
    expect(said.out).toContain(`accepted ${ID}`);
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual({
      source: 'cli',
      event_type: 'alert',
      title: 'Disk full',
      severity: 'warning',
      payload: {},
    });
    const file = join(folder, 'alert.json');
    await writeFile(file, '{"from":"file"}');
    await run(['send', file, '--idempotency-key', 'once']);
    expect(seen[0]).toMatchObject({ body: '{"from":"file"}', idempotencyKey: 'once', key: 'k' });
    await run(['send', '-']);
    expect(seen[0]?.body).toBe('{"from":"stdin"}');
  });

  it('CLI-1, SIG-7: chat says one message and shows what became of it', async () => {
    const { code, out, err } = await run([
      'chat',
      'restart it',
      '--label',
      'a=b',
      '--label',
      'c=d=',
    ]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual({
      message: 'restart it',
      labels: { a: 'b', c: 'd=' },
    });
    expect(out.split('\n')).toEqual([
      'First line.',
      '\\u001b[2JSecond.',
      `awaiting approval · agent take_action · execution ${ID} · conversation talk`,
      `signalbox approve ${ID}, or signalbox reject ${ID}`,
    ]);
  });

  it('CLI-1, SIG-7: chat goes on with a conversation line by line', async () => {
    typed = ['first', '  ', 'second'];
    const { code, out } = await run(['chat', '--json']);
    expect(code).toBe(0);
    expect(seen.map(({ body }) => JSON.parse(body))).toEqual([
      { message: 'first', labels: {} },
      { message: 'second', conversation_id: 'talk', labels: {} },
    ]);
    expect(out.split('\n').map((line) => JSON.parse(line).status)).toEqual([
      'awaiting_approval',
      'awaiting_approval',
    ]);
    await run(['chat', 'third', '--conversation', 'mine']);
    expect(JSON.parse(seen[0]?.body ?? '')).toMatchObject({ conversation_id: 'mine' });
  });

  it('CLI-1, SIG-7: a conversation outlives an answer that could not be had', async () => {
    typed = ['first', 'second'];
    const away = await run(['chat'], { SIGNALBOX_URL: 'http://127.0.0.1:1' });
    expect(away).toMatchObject({ code: 0, out: '' });
    expect(away.err.match(/No Signalbox answers/g)).toHaveLength(2);
    expect(await run(['chat'], { SIGNALBOX_API_KEY: 'wrong' })).toMatchObject({ code: 3 });
  });

  it('CLI-1: approvals lists what waits, and for how long still', async () => {
    const { code, out } = await run(['approvals']);
    expect(code).toBe(0);
    expect(out).toContain(`${ID}  high risk, 4 min 10 s left`);
    expect(out).toContain('old  low risk, 1 min 0 s left, asked before a halt: reject it');
  });

  it('APR-2: approvals shows all of the action, or says how much of it is not shown', async () => {
    const { out } = await run(['approvals']);
    const lines = out.split('\n');
    const from = lines.indexOf('  mender wants to use call_api');
    expect(lines.slice(from + 1, from + 3)).toEqual([
      '    method: "POST"',
      '    url: "http://a.test"',
    ]);
    expect(lines[from + 3]).toMatch(/^ {4}body: .*x{3000}.*drop\\u200b all"\}$/);
    expect(out).toMatch(
      /Start mender\n {4}objective: "restart search y+… \(5\s?017 more characters/,
    );
  });

  it.each([['approvals'], ['problems']])('CLI-1: %s says when there are more', async (command) => {
    const whole = await run([command]);
    expect(whole.err).toBe('');
    link = '</api/x?cursor=9>; rel="next"';
    const { code, out, err } = await run([command]);
    expect({ code, out }).toEqual({ code: 0, out: whole.out });
    expect(err).toMatch(/^signalbox: there are more; these are the (oldest|last reported) 2$/);
    const json = await run([command, '--json']);
    expect(json.err).toBe(err);
    expect(JSON.parse(json.out)).toHaveLength(2);
  });

  it('SIG-4: problems lists what is open, with how often it was reported', async () => {
    const { code, out } = await run(['problems']);
    expect(code).toBe(0);
    expect(out.split('\n').slice(0, 3)).toEqual([
      'critical  Checkout p99 latency above 2 s',
      `          signal ${ID}, alertmanager, open for 1 h 0 min, reported 37 times, last 12 s ago, began 2 times`,
      '-         Checkout fails',
    ]);
    const [, problems] = answers['GET /api/problems?status=open'] ?? [];
    expect(JSON.parse((await run(['problems', '--json'])).out)).toEqual(problems);
    expect((await run(['problems', '--all'])).out).toBe('There are none.');
  });

  it('CLI-1: approve and reject carry the note', async () => {
    const { code, out } = await run(['approve', ID, '--note', 'go']);
    expect(code).toBe(0);
    expect(out).toContain('approved');
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual({ approved: true, note: 'go' });
    await run(['reject', ID]);
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual({ approved: false });
  });

  it('CLI-1: status says what cannot be known, and why', async () => {
    const { out } = await run(['status']);
    expect(out).toMatch(/status +killed/);
    expect(out).toMatch(/pending approvals +unknown: Postgres does not answer\./);
    expect(out).toMatch(/unusable rule +rule broken: .* signalbox rules disable broken\n/);
    expect(out).toMatch(/workflows +none/);
  });

  it('CLI-1: status says when what is shown is old', async () => {
    const before = answers['GET /api/status'] ?? [500, {}];
    const models = { status: 'behind', position: 7, lag: 12 };
    answers['GET /api/status'] = [200, { ...(before[1] as object), read_models: models }];
    try {
      expect((await run(['status'])).out).toMatch(/read models +12 events behind; .*old/);
    } finally {
      answers['GET /api/status'] = before;
    }
    expect((await run(['status'])).out).not.toMatch(/read models/);
  });

  it('GTW-6: status says how much goes on, and what a person has to settle', async () => {
    const before = answers['GET /api/status'] ?? [500, {}];
    const executions = { pending: 1, running: 2, awaiting_approval: 1, completed: 9 };
    const known = { ...(before[1] as object), executions, unknown_tool_calls: 1 };
    answers['GET /api/status'] = [200, known];
    try {
      const { out } = await run(['status']);
      expect(out).toMatch(/running +3 runs, and 1 waiting for a person\n/);
      expect(out).toMatch(/outcome unknown +1 tool call; .*: signalbox tool-calls list\n/);
    } finally {
      answers['GET /api/status'] = before;
    }
    expect((await run(['status'])).out).not.toMatch(/running|outcome/);
  });

  it('CLI-1: --json is the answer itself, before and after the command', async () => {
    const [, status] = answers['GET /api/status'] ?? [];
    expect(JSON.parse((await run(['status', '--json'])).out)).toEqual(status);
    expect(JSON.parse((await run(['--json', 'status'])).out)).toEqual(status);
  });

  it.each([
    ['an unknown id', ['why', 'nothing'], {}, 4, 'Nothing is known.'],
    ['an expired approval', ['approve', 'gone'], {}, 5, 'Approval expired.'],
    ['no key', ['status'], { SIGNALBOX_API_KEY: '' }, 3, 'wants an API key'],
    ['a wrong key', ['status'], { SIGNALBOX_API_KEY: 'wrong' }, 3, 'does not accept the API key'],
    [
      'a signature that is missing',
      ['send', '-', '--source', 'signed'],
      {},
      3,
      'X-Hub-Signature-256 is missing.',
    ],
    [
      'nobody there',
      ['status'],
      { SIGNALBOX_URL: 'http://127.0.0.1:1' },
      6,
      'No Signalbox answers',
    ],
    ['a URL that is none', ['status', '--url', 'nonsense'], {}, 2, 'nonsense is not a URL'],
    ['a key that no header takes', ['status'], { SIGNALBOX_API_KEY: 'a\nb' }, 2, 'the API key'],
    ['no words', ['send'], {}, 2, 'Name a file'],
    [
      'a file that is not',
      ['send', '/nowhere/a.json'],
      {},
      2,
      '/nowhere/a.json cannot be read: there is no such file',
    ],
    ['a folder', ['rules', 'test', '/'], {}, 2, '/ cannot be read: it is a folder'],
    [
      'a number that is none',
      ['dlq', 'show', 'x'],
      {},
      2,
      "sequence 'x': It is not a whole number",
    ],
    ['a label without a value', ['chat', 'x', '--label', 'a'], {}, 2, 'is not <name>=<value>'],
    ['both a file and words', ['send', '-', '--title', 't'], {}, 2, 'A file says it all'],
    ['an unknown command', ['sned'], {}, 2, "unknown command 'sned'"],
    ['an unknown option', ['kill', '--nwo'], {}, 2, "unknown option '--nwo'"],
  ] as const)(
    'CLI-1: says in a line what is wrong with %s',
    async (...[, args, env, code, line]) => {
      const result = await run(args, env);
      expect(result.code).toBe(code);
      expect(result.out).toBe('');
      expect(result.err).toContain(line);
      expect(result.err).toMatch(/^signalbox: /);
    },
  );

  it('CLI-1: an error is JSON, too, with --json', async () => {
    const { err } = await run(['why', 'nothing', '--json']);
    expect(JSON.parse(err)).toMatchObject({ error: { code: 'id_not_found' } });
    for (const args of [
      ['sned'],
      ['why'],
      ['kill', '--nwo'],
      ['executions', 'list', '--limit', '0'],
    ]) {
      const refused = await run([...args, '--json']);
      expect(refused).toMatchObject({ code: 2, out: '' });
      expect(JSON.parse(refused.err)).toMatchObject({ error: { code: 'usage' } });
    }
  });

  it('CLI-1: says its version, and in each help the options that every command has', async () => {
    expect(await run(['--version'])).toMatchObject({ code: 0, err: '' });
    expect((await run(['--version'])).out).toMatch(/^\d+\.\d+\.\d+$/);
    const { code, out } = await run(['rules', 'test', '--help']);
    expect(code).toBe(0);
    expect(out).toMatch(/Global Options:[^]*--url <url>[^]*--json/);
  });
});
