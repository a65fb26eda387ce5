import { listenLocally, type LocalServer } from '@signalbox/testing';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { parse } from 'yaml';
import { loadClientConfig } from '../config.ts';
import { buildProgram, runProgram } from '../program.ts';

type Reply = readonly [status: number, body: unknown];
/** The nth request gets the nth reply, and the last one from then on. */
type Routes = Readonly<Record<string, readonly Reply[]>>;
const ok = (...bodies: readonly unknown[]): Reply[] => bodies.map((body) => [200, body]);

const ID = '01KAJ1X0000000000000000001';
const rule = {
  id: ID,
  name: 'block_rm_rf',
  pattern: '\\brm\\s+-rf',
  pattern_type: 'regex',
  action: 'hard_reject',
  risk_level: 'critical',
  automation_id: null,
  agent_id: null,
  priority: 100,
  active: true,
  version: 2,
  created_at: '2026-11-20T05:00:00.000Z',
  updated_at: '2026-11-21T05:00:00.000Z',
};
const { id: _id, version: _version, created_at: _created, updated_at: _updated, ...fields } = rule;
const scale = {
  ...fields,
  name: 'scale',
  action: 'trigger_automation',
  automation_id: 'auto_scale',
};
const off = {
  ...rule,
  id: `${ID.slice(0, -1)}2`,
  name: 'off',
  active: false,
  pattern: 'a\tb\u202e',
};

const changes = [
  { change: 'create', name: 'scale', before: null, after: scale },
  {
    change: 'change',
    name: 'block_rm_rf',
    before: fields,
    after: { ...fields, priority: 5, pattern: 'rm' },
  },
  { change: 'delete', name: 'gone', before: { ...fields, name: 'gone' }, after: null },
];
const planned = { status: 'planned', plan: 'sha256:1', changes, unchanged: 3, others: [] };
const same = { ...planned, changes: [], others: ['of others'] };
const after = (...outcomes: readonly object[]) => ({
  ...planned,
  status: 'incomplete',
  changes: changes.map((change, index) => ({ ...change, ...outcomes[index] })),
});

describe('signalbox rules', () => {
  let api: LocalServer;
  let folder: string;
  let file: string;
  let routes: Routes = {};
  const seen: { route: string; body: string }[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'signalbox-cli-'));
    file = join(folder, 'rules.yaml');
    await writeFile(file, 'rules:\n  - name: scale\n    pattern: cpu\n    priority: 7\n');
    const server = createServer(async (request, response) => {
      const route = `${request.method} ${request.url}`;
      seen.push({ route, body: await text(request) });
      const replies = routes[route] ?? [];
      const asked = seen.filter((earlier) => earlier.route === route).length;
      const [status, body] = replies[Math.min(asked, replies.length) - 1] ?? [500, {}];
      response.writeHead(status).end(JSON.stringify(body));
    });
    api = await listenLocally(server);
  });
  afterAll(async () => {
    await api.stop();
    await rm(folder, { recursive: true });
  });

  interface Screen {
    readonly columns?: number;
    readonly colours?: boolean;
    readonly answer?: boolean;
    readonly input?: string;
  }
  const run = async (words: string, with_: Routes = {}, screen: Screen = {}) => {
    const out: string[] = [];
    const err: string[] = [];
    const asked: string[] = [];
    seen.length = 0;
    routes = { 'GET /api/rules': ok([rule, off]), ...with_ };
    const env = { SIGNALBOX_URL: api.origin, SIGNALBOX_API_KEY: 'k', SIGNALBOX_HOME: folder };
    const { columns, colours, answer, input = '' } = screen;
    const context = {
      terminal: {
        line: (line: string) => void out.push(line),
        error: (line: string) => void err.push(line),
        paint: (tone: string, painted: string) => (colours ? `<${tone}>${painted}</>` : painted),
        ...(columns === undefined ? {} : { columns }),
      },
      env,
      config: (given?: string) => loadClientConfig(env, given),
      readInput: async () => new TextEncoder().encode(input),
      lines: async function* () {},
      now: () => new Date(),
      ...(answer === undefined
        ? {}
        : {
            confirm: async (question: string) => {
              asked.push(question);
              return answer;
            },
          }),
    };
    const args = ['rules', ...words.replace('FILE', file).split(' ')];
    const code = await runProgram(buildProgram(context), args, context);
    return { code, out: out.join('\n'), err: err.join('\n'), asked };
  };
  const sent = () => JSON.parse(seen.at(-1)?.body ?? '') as Record<string, unknown>;

  it('CLI-1: list shows a line for each rule, and what is off', async () => {
    const { code, out } = await run('list');
    expect(code).toBe(0);
    expect(out.split('\n')).toEqual([
      '100  block_rm_rf  hard_reject  critical  regex: \\brm\\s+-rf',
      '100  off          off          critical  regex: a b\\u202e',
    ]);
    expect((await run('list', { 'GET /api/rules': ok([]) })).out).toBe('There are no rules.');
  });

  it.each([60, 80, 120])(
    'CLI-1: list fits a screen of %i columns, whatever the names',
    async (columns) => {
      const long = {
        ...rule,
        name: 'n'.repeat(100),
        automation_id: 'w'.repeat(100),
        pattern: 'p'.repeat(2000),
      };
      const { out } = await run('list', { 'GET /api/rules': ok([long, rule]) }, { columns });
      expect(Math.max(...out.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(columns);
      expect(out).toContain('block_rm_rf');
    },
  );

  it('CLI-1: show finds a rule by name or id, and shows every character of its pattern', async () => {
    for (const name of ['off', off.id]) {
      const { out } = await run(`show ${name}`);
      expect(out).toMatch(/^off\nid +01KAJ1X/);
      expect(out).toMatch(/pattern +a\\u0009b\\u202e\n/);
      expect(out).toMatch(/active +no\n/);
    }
  });

  it('CLI-1: versions shows what each one changed, who did it and when', async () => {
    const by = 'person:ops';
    const versions = [
      { version: 3, change: 'deleted', by, at: '2026-11-21T05:00:00.000Z', rule: null },
      {
        version: 2,
        change: 'changed',
        by,
        at: '2026-11-20T05:00:00.000Z',
        rule: { ...fields, priority: 5 },
      },
      { version: 1, change: 'created', by, at: '2026-11-19T05:00:00.000Z', rule: fields },
    ];
    const { out } = await run(`versions ${ID}`, {
      [`GET /api/rules/${ID}/versions`]: ok(versions),
    });
    expect(out.split('\n')).toEqual([
      'version 3  deleted  2026-11-21 05:00:00 UTC  by person:ops',
      'version 2  changed  2026-11-20 05:00:00 UTC  by person:ops',
      '    priority       100 → 5',
      'version 1  created  2026-11-19 05:00:00 UTC  by person:ops',
      '    block_rm_rf',
      '    hard_reject, critical risk, priority 100',
      '    regex  \\brm\\s+-rf',
    ]);
    expect(seen).toHaveLength(1);
  });

  it('CLI-1: add sends what was said and leaves the rest to the server', async () => {
    const add =
      'add --name scale --pattern cpu --action trigger_automation --automation auto_scale';
    const { code, out } = await run(`${add} --priority 7 --disabled`, {
      'POST /api/rules': [[201, rule]],
    });
    expect(code).toBe(0);
    expect(out).toContain(`added block_rm_rf  ${ID} version 2`);
    expect(sent()).toEqual({
      name: 'scale',
      pattern: 'cpu',
      action: 'trigger_automation',
      automation_id: 'auto_scale',
      priority: 7,
      active: false,
    });
  });

  it('CLI-1: set, enable and disable send the rule as it was read, with its version', async () => {
    const answer = { [`PUT /api/rules/${ID}`]: ok({ ...rule, priority: 5, version: 3 }) };
    const { out } = await run('set block_rm_rf --priority 5 --agent none', answer);
    expect(sent()).toEqual({ ...rule, priority: 5, agent_id: null });
    expect(out).toBe(`changed block_rm_rf  ${ID} version 3\n    priority       100 → 5`);
    await run('disable block_rm_rf', answer);
    expect(sent()).toEqual({ ...rule, active: false });
    const untouched = await run('enable block_rm_rf', { [`PUT /api/rules/${ID}`]: ok(rule) });
    expect(sent()).toEqual(rule);
    expect(untouched.out).toMatch(/^unchanged/);
  });

  it('CLI-1: delete says what is gone; what is not confirmed is said so', async () => {
    const gone = { status: 'deleted', rule_id: ID };
    const { out } = await run('delete block_rm_rf', { [`DELETE /api/rules/${ID}`]: ok(gone) });
    expect(out).toBe(`deleted block_rm_rf  ${ID}`);
    const pending = { status: 'pending', message: 'stored, not confirmed', rule_id: ID };
    const late = await run('enable off', { [`PUT /api/rules/${off.id}`]: [[202, pending]] });
    expect(late.out).toBe('pending: stored, not confirmed');
  });

  it('CLI-1: test shows what was tried, and why', async () => {
    const trace = [
      { rule_name: 'a', matched: false, reason: 'in no text' },
      { rule_name: 'block_rm_rf', matched: true, reason: 'raw text: "rm -rf"' },
    ];
    const answer = {
      matched: true,
      rule: fields,
      trace,
      signal_status: 'firing',
      text: '[S] t: x\nPayload: {}',
    };
    const route = { 'POST /api/rules/test': ok(answer) };
    const { out } = await run('test - --source nagios', route, { input: '{"a":1}' });
    expect(sent()).toEqual({ event: { a: 1 }, source: 'nagios' });
    expect(out).toContain('[S] t: x');
    expect(out).toContain('· a: in no text');
    expect(out).toContain('✓ block_rm_rf: raw text: "rm -rf"');
    expect(out).toContain('block_rm_rf decides: hard_reject, critical risk, priority 100');
    await run(`test --signal ${ID} --rules FILE`, route);
    expect(sent()).toEqual({
      signal_id: ID,
      rules: [{ name: 'scale', pattern: 'cpu', priority: 7 }],
    });
  });

  const runApply = (words: string, replies: readonly Reply[], screen: Screen = {}) =>
    run(`apply FILE ${words}`.trim(), { 'POST /api/rules/apply': replies }, screen);

  it('CLI-1: apply shows the difference field by field, asks, and does just that', async () => {
    const applied = { ...planned, status: 'applied' };
    const { code, out, asked } = await runApply('', ok(planned, applied), { answer: true });
    expect(code).toBe(0);
    expect(asked).toEqual(['Apply this?']);
    expect(out.split('\n')).toEqual([
      '+ scale',
      '    trigger_automation auto_scale, critical risk, priority 100',
      '    regex  \\brm\\s+-rf',
      '~ block_rm_rf',
      '    pattern        - \\brm\\s+-rf',
      '                   + rm',
      '    priority       100 → 5',
      '- gone',
      '    hard_reject, critical risk, priority 100',
      '    regex  \\brm\\s+-rf',
      '',
      '1 to add, 1 to change, 1 to remove, 3 unchanged',
      'done: 1 added, 1 changed, 1 removed, 3 unchanged',
    ]);
    expect(sent()).toEqual({
      rules: [{ name: 'scale', pattern: 'cpu', priority: 7 }],
      prune: false,
      plan: 'sha256:1',
    });
  });

  it('CLI-1: apply does nothing when it is told no, or when nobody can be asked', async () => {
    const refused = await runApply('', ok(planned), { answer: false });
    expect(refused).toMatchObject({ code: 2, err: 'signalbox: Nothing was changed.' });
    expect(seen).toHaveLength(1);
    const alone = await runApply('', ok(planned));
    expect(alone).toMatchObject({ code: 2 });
    expect(alone.err).toContain('Say --yes to apply');
    expect(seen).toHaveLength(1);
    const told = await runApply('--yes --prune', ok(planned, { ...planned, status: 'applied' }));
    expect(told).toMatchObject({ code: 0, asked: [] });
    expect(sent()).toMatchObject({ prune: true });
  });

  it('CLI-1: apply --dry-run only shows, and ends with 10 when there is a difference', async () => {
    const different = await runApply('--dry-run', ok(planned));
    expect(different).toMatchObject({ code: 10, err: '' });
    expect(sent()).toMatchObject({ dry_run: true });
    const alike = await runApply('--dry-run', ok(same));
    expect(alike).toMatchObject({ code: 0, err: '' });
    expect(alike.out.split('\n')).toEqual([
      'Nothing to change, 3 unchanged',
      'left alone, not in the file: of others (1; --prune removes them)',
    ]);
    expect((await runApply('', ok(same))).code).toBe(0);
    expect(seen).toHaveLength(1);
  });

  it('CLI-1: apply says of each rule what became of it, and that the rest is left', async () => {
    const problem = { status: 409, detail: 'The rule stands at version 3.' };
    const failed = after({ outcome: 'done' }, { outcome: 'failed', problem }, { outcome: 'done' });
    const { code, out, err } = await runApply('--yes', ok(planned, failed));
    expect(code).toBe(5);
    expect(out.split('\n').slice(-3)).toEqual([
      'added scale',
      'failed block_rm_rf: The rule stands at version 3.',
      'removed gone',
    ]);
    expect(err).toBe('signalbox: 1 of 3 changes were not made. Apply the file again for the rest.');
    const away = after({ outcome: 'done' }, { outcome: 'pending' }, { outcome: 'not_tried' });
    const stopped = await runApply('--yes', ok(planned, away));
    expect(stopped.code).toBe(6);
    expect(stopped.out).toMatch(/not confirmed in time block_rm_rf\nnot tried gone$/);
  });

  it('CLI-1: apply names file, line and rule of what the server refuses', async () => {
    const errors = [
      { field: 'rules.0.priority', problem: 'is too big' },
      { field: 'rules.0.action', problem: 'is missing' },
    ];
    const refusal = { type: 'urn:x:invalid-input', detail: 'rules.0.priority', errors };
    const { code, err } = await runApply('', [[422, refusal]]);
    expect(code).toBe(2);
    expect(err.split('\n')).toEqual([
      `signalbox: ${file}:4:15: rule scale: priority: is too big`,
      `  ${file}:4:15: rule scale: priority: is too big`,
      `  ${file}:2:5: rule scale: action: is missing`,
    ]);
    const changed = await runApply('--yes', [...ok(planned), [409, { detail: 'Look again.' }]]);
    expect(changed).toMatchObject({ code: 5, err: 'signalbox: Look again.' });
  });

  it('CLI-1: export prints what apply takes', async () => {
    const { out } = await run('export');
    expect(out).toContain('pattern: \\brm\\s+-rf\n');
    expect(out).toContain('pattern: "a\\tb\\u202e"\n');
    const { id: _o, version: _v, created_at: _c, updated_at: _u, ...offFields } = off;
    const present = (about: object) =>
      Object.fromEntries(Object.entries(about).filter(([, value]) => value !== null));
    expect(parse(out)).toEqual({ rules: [present(fields), present(offFields)] });
  });

  it('CLI-1: colours what is added, changed and removed, where there are colours', async () => {
    const { out } = await runApply('--dry-run', ok(planned), { colours: true });
    expect(out).toContain('<good>+ scale</>');
    expect(out).toContain('<bad>100</> → <good>5</>');
    expect(out).toContain('<bad>- gone</>');
  });

  it('CLI-1: --json is the answer itself', async () => {
    expect(JSON.parse((await run('list --json')).out)).toEqual([rule, off]);
    expect(JSON.parse((await run('show off --json')).out)).toEqual(off);
    const different = await runApply('--dry-run --json', ok(planned));
    expect(different.code).toBe(10);
    expect(JSON.parse(different.out)).toEqual(planned);
    const applied = { ...planned, status: 'applied' };
    expect(JSON.parse((await runApply('--yes --json', ok(planned, applied))).out)).toEqual(applied);
    expect(JSON.parse((await runApply('--json', ok(same))).out)).toEqual(same);
  });

  it.each([
    ['show nothing', 4, 'There is no rule nothing.'],
    ['set off', 2, 'Name what to change'],
    ['set off --priority soon', 2, '--priority soon is no number'],
    ['add --name x', 2, '--pattern'],
    ['test', 2, 'Name a file with an event'],
    ['test /nowhere/event.json', 2, '/nowhere/event.json'],
    ['apply /nowhere/rules.yaml', 2, '/nowhere/rules.yaml cannot be read'],
  ])('CLI-1: says what is wrong with `rules %s`', async (words, code, line) => {
    const result = await run(words);
    expect(result.code).toBe(code);
    expect(result.err).toContain(line);
    expect(result.out).toBe('');
  });

  it('CLI-1: says which of two rules of one name is meant', async () => {
    const twins = ok([rule, { ...off, name: rule.name }]);
    const { code, err } = await run('show block_rm_rf', { 'GET /api/rules': twins });
    expect(code).toBe(5);
    expect(err).toContain(`${ID}, ${off.id}`);
  });
});
