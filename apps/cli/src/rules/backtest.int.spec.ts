import { listenLocally, type LocalServer } from '@signalbox/testing';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { loadClientConfig } from '../config.ts';
import { buildProgram, runProgram } from '../program.ts';
import type { BacktestLine, ChangedSignal } from './backtest-lines.ts';

const trial = (rule_name: string, matched = false) => ({ rule_name, matched, reason: 'because' });
const changed: ChangedSignal = {
  signal_id: '01KAJ1X0000000000000000001',
  source: 'datadog',
  title: `High CPU on web-1 ${'and so on '.repeat(30)}\n\u001b[31mred`,
  before: { verdict: 'model', trace: [trial('reject_cpu'), trial('both')] },
  after: {
    verdict: 'force_agent',
    rule: 'page',
    risk_level: 'high',
    agent_id: 'escalate',
    trace: [trial('both'), ...'abcdef'.split('').map((name) => trial(name)), trial('page', true)],
  },
};
const noVerdicts = { hard_reject: 0, force_agent: 0, allow: 0, model: 0, resolved: 0 };
const summary = {
  since: '2026-10-22T12:00:00.000Z',
  until: '2026-11-21T12:00:00.000Z',
  signals: 40,
  changed: 1,
  same_by_another_rule: 2,
  repeats: 5,
  before: { ...noVerdicts, model: 38, resolved: 2 },
  after: { ...noVerdicts, force_agent: 1, model: 37, resolved: 2 },
  transitions: [{ from: 'model', to: 'force_agent escalate, high risk', count: 1 }],
  truncated: false,
  limit_reached: false,
};
const begin: BacktestLine = { progress: { read: 0, changed: 0, done: 0 } };
const middle: BacktestLine = { progress: { read: 20, changed: 1, done: 0.5 } };
const nothing = { ...summary, changed: 0, same_by_another_rule: 0, repeats: 0, transitions: [] };

describe('signalbox rules backtest', () => {
  let api: LocalServer;
  let folder: string;
  let file: string;
  let answer: { readonly status: number; readonly lines: readonly object[] };
  let seen: unknown;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'signalbox-cli-'));
    file = join(folder, 'rules.yaml');
    await writeFile(file, 'rules:\n  - name: page\n    pattern: cpu\n');
    const server = createServer(async (request, response) => {
      if (request.url === '/api/rules') {
        response.end(
          JSON.stringify([
            { name: 'page', id: '1' },
            { name: 'stays', id: '2' },
          ]),
        );
        return;
      }
      seen = JSON.parse(await text(request));
      response.writeHead(answer.status);
      response.end(answer.lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    });
    api = await listenLocally(server);
  });
  afterAll(async () => {
    await api.stop();
    await rm(folder, { recursive: true });
  });

  const run = async (words: string, lines: readonly object[], columns?: number, status = 200) => {
    const out: string[] = [];
    const err: string[] = [];
    const progress: string[] = [];
    answer = { status, lines };
    seen = undefined;
    const env = { SIGNALBOX_URL: api.origin, SIGNALBOX_API_KEY: 'k', SIGNALBOX_HOME: folder };
    const context = {
      terminal: {
        line: (line: string) => void out.push(line),
        error: (line: string) => void err.push(line),
        paint: (_tone: string, painted: string) => painted,
        progress: (line: string) => void progress.push(line),
        ...(columns === undefined ? {} : { columns }),
      },
      env,
      config: (given?: string) => loadClientConfig(env, given),
      readInput: async () => new Uint8Array(),
      lines: async function* () {},
      now: () => new Date(),
    };
    const args = `rules backtest ${file} ${words}`.trim().split(' ');
    const code = await runProgram(buildProgram(context), args, context);
    return { code, out, err: err.join('\n'), progress };
  };

  it('RUL-6: shows changed signals with what differs in their traces, and what it adds up to', async () => {
    const { code, out, err } = await run('', [begin, middle, { changed }, { summary }], 60);
    expect([code, err]).toEqual([0, '']);
    expect(out).toEqual([
      '01KAJ1X0000000000000000001  datadog: High CPU on web-1 and …',
      '  now        model, no rule matches',
      '  candidate  force_agent escalate, high risk, rule page',
      '  - reject_cpu does not match: because',
      '  + a does not match: because',
      '  + b does not match: because',
      '  + c does not match: because',
      '  + d does not match: because',
      '  + … 2 more …',
      '  + page matches: because',
      '',
      '40 signals from 2026-10-22 12:00 to 2026-11-21 12:00 UTC',
      '5 repeats or reports of what was over left out: no rule decides them',
      '                           now   candidate',
      'force_agent                  0           1        +1',
      'model                       38          37        -1',
      'resolved                     2           2',
      '1 decision would change:',
      '       1  model → force_agent escalate, high risk',
      '2 decisions would be the same by another rule',
    ]);
  });

  it('RUL-6: shows why a rule matches that now does something else', async () => {
    const trace = [trial('a'), trial('page', true)];
    const verdict = { rule: 'page', risk_level: 'high', trace };
    const before = { ...verdict, verdict: 'allow' };
    const after = { ...verdict, verdict: 'hard_reject' };
    const { out } = await run('', [{ changed: { ...changed, before, after } }, { summary }]);
    expect(out.slice(1, 5)).toEqual([
      '  now        allow, high risk, rule page',
      '  candidate  hard_reject, high risk, rule page',
      '    page matches: because',
      '',
    ]);
  });

  it('RUL-6: shows nothing whole that could turn the terminal over', async () => {
    const { out } = await run('', [{ changed }, { summary }]);
    expect(out[0]).toContain('and so on \\u001b[31mred');
  });

  it('RUL-6: shows how far it is in one line, which is gone in the end', async () => {
    const { progress } = await run('', [begin, middle, { changed }, { summary }]);
    expect(progress).toEqual([
      'backtest 0 %: 0 signals, 0 changed',
      'backtest 50 %: 20 signals, 1 changed',
      '',
      '',
      '',
    ]);
  });

  it('RUL-6: shows the first twenty changed signals, and all of them on request', async () => {
    const lines = [
      ...Array.from({ length: 30 }, () => ({ changed })),
      { summary: { ...summary, changed: 30 } },
    ];
    const shown = ({ out }: { out: readonly string[] }) =>
      out.filter((line) => line.startsWith(changed.signal_id)).length;
    const some = await run('', lines);
    expect(shown(some)).toBe(20);
    expect(some.out).toContain('10 more changed signals; --all shows them');
    expect(shown(await run('--all', lines))).toBe(30);
  });

  it('RUL-6: compares what applying the file would leave, with --prune only the file', async () => {
    await run('--since 7d --until 2026-11-20', [{ summary }]);
    const page = { name: 'page', pattern: 'cpu' };
    expect(seen).toEqual({
      rules: [page, { name: 'stays', id: '2' }],
      since: '7d',
      until: '2026-11-20',
    });
    await run('--prune', [{ summary }]);
    expect(seen).toEqual({ rules: [page] });
  });

  it('RUL-6: ends with 10 on request when a decision would change', async () => {
    expect((await run('--fail-on-change', [{ changed }, { summary }])).code).toBe(10);
    const same = await run('--fail-on-change', [{ summary: nothing }]);
    expect(same.code).toBe(0);
    expect(same.out.at(-1)).toBe('No decision would change.');
  });

  it('RUL-6: prints the lines themselves with --json, but how far it is', async () => {
    const { out } = await run('--json', [begin, { changed }, middle, { summary }]);
    expect(out.map((line) => JSON.parse(line) as unknown)).toEqual([{ changed }, { summary }]);
  });

  it.each([
    ['breaks off', [begin, { changed }], 200, 6, 'did not come to its end'],
    ['fails', [{ error: { code: 'x', message: 'NATS is away' } }], 200, 6, 'NATS is away'],
    ['runs already', [{ detail: 'Another backtest is running here.' }], 429, 6, 'Another backtest'],
  ])('RUL-6: says so when it %s', async (...of) => {
    const [, lines, status, code, message] = of;
    const result = await run('', lines, undefined, status);
    expect(result.code).toBe(code);
    expect(result.err).toMatch(/^signalbox: /);
    expect(result.err).toContain(message);
  });

  it('RUL-6: says which line of the file is refused', async () => {
    const errors = [{ field: 'rules.0.pattern', problem: 'missing )' }];
    const { code, err } = await run('', [{ detail: 'd', errors }], undefined, 422);
    expect(code).toBe(2);
    expect(err).toContain(`${file}:3:14: rule page: pattern: missing )`);
  });
});
