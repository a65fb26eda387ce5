import { eventually } from '@signalbox/testing';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Platform } from '../platform.ts';
import { signalbox } from '../signalbox.ts';
import { eventOf, sendSignal } from '../stories.ts';

interface Rule {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly priority: number;
}
interface Problem {
  readonly detail: string;
  readonly errors: readonly { readonly field: string; readonly problem: string }[];
}

const kraken = { name: 'kraken', pattern: 'kraken', action: 'hard_reject', risk_level: 'high' };
const file = `rules:
  - name: ticket_backups
    pattern: 'backup of \\w+ failed'
    action: force_agent
    agent_id: escalate
  - name: block_kraken
    pattern: kraken
    action: hard_reject
    priority: 5
`;

describe('rules', () => {
  let platform: Platform;
  let folder: string;
  let rulesFile: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'signalbox-rules-'));
    rulesFile = join(folder, 'rules.yaml');
    await writeFile(rulesFile, file);
    platform = await Platform.start({ args: ['--no-sample'] });
  });
  afterAll(async () => {
    await platform?.stopAndForget();
    await rm(folder, { recursive: true, force: true });
  });

  const send = (title: string) =>
    sendSignal(platform, { source: 'e2e', event_type: 'alert', title, payload: {} });
  const decisionOn = async (title: string) =>
    (await eventOf(platform, await send(title), 'decision.made')).data;
  const rules = async () => (await platform.get<Rule[]>('/api/rules')).body;
  const put = (rule: Rule, about: object) =>
    platform.call<Rule>('PUT', `/api/rules/${rule.id}`, {
      body: JSON.stringify({ ...rule, ...about }),
    });
  const run = (...args: string[]) => signalbox(['rules', ...args], platform.clientEnv);

  it('RUL-2: the next signal is decided by a rule that was just made, changed or deleted', async () => {
    const { status, body: rule } = await platform.post<Rule>('/api/rules', kraken);
    expect(status).toBe(201);
    expect(await decisionOn('a kraken')).toMatchObject({
      outcome: 'reject',
      riskLevel: 'high',
      rule: { id: rule.id, name: 'kraken', version: 1 },
    });

    expect((await put(rule, { risk_level: 'critical' })).status).toBe(200);
    expect(await decisionOn('a second kraken')).toMatchObject({
      riskLevel: 'critical',
      rule: { version: 2 },
    });
    expect((await put(rule, { priority: 1 })).status).toBe(409);

    const path = `/api/rules/${rule.id}`;
    expect(await platform.call('DELETE', path)).toEqual({
      status: 200,
      body: { status: 'deleted', rule_id: rule.id },
    });
    const { trace } = await decisionOn('a third kraken');
    expect(trace).not.toContainEqual(expect.objectContaining({ ruleName: 'kraken' }));
    const { body: versions } = await platform.get(`${path}/versions`);
    expect(versions).toMatchObject([
      { version: 3, change: 'deleted', by: 'person:operator', rule: null },
      { version: 2, change: 'changed', rule: { risk_level: 'critical' } },
      { version: 1, change: 'created', rule: { risk_level: 'high' } },
    ]);
  });

  it('RUL-1: a pattern that RE2 cannot take is refused at creation, with the reason', async () => {
    const about = { ...kraken, name: 'look', pattern: '(?=ahead)' };
    const { status, body } = await platform.post<Problem>('/api/rules', about);
    expect(status).toBe(422);
    expect(body.errors).toEqual([{ field: 'pattern', problem: expect.stringMatching(/\(\?=/) }]);
    expect((await rules()).map(({ name }) => name)).not.toContain('look');
  });

  it('OPS-1: a name that is taken and a target that is not registered are refused, naming the field', async () => {
    const taken = await platform.post<Problem>('/api/rules', { ...kraken, name: 'block_rm_rf' });
    expect(taken.status).toBe(409);
    expect(taken.body.errors).toMatchObject([{ field: 'name' }]);
    const action = { action: 'trigger_automation', automation_id: 'nothing' };
    const aimless = await platform.post<Problem>('/api/rules', { ...kraken, ...action });
    expect(aimless.status).toBe(422);
    expect(aimless.body.errors).toEqual([
      { field: 'automation_id', problem: expect.stringContaining('auto_scale_horizontal') },
    ]);
  });

  it('RUL-6: a rule is tried on a recorded signal before it is made, and nothing follows', async () => {
    const id = await send('a quiet leviathan');
    await eventOf(platform, id, 'decision.made');
    const rule = { ...kraken, name: 'leviathan', pattern: 'leviathan' };
    const { status, body } = await platform.post('/api/rules/test', { rule, signal_id: id });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      matched: true,
      action: 'hard_reject',
      risk_level: 'high',
      trace: [
        { rule_name: 'leviathan', matched: true, reason: expect.stringContaining('leviathan') },
      ],
      text: '[E2E] alert: a quiet leviathan\nPayload: {}',
    });
    expect((await rules()).map(({ name }) => name)).not.toContain('leviathan');
  });

  it('CLI-1: apply makes the rules as a file says, and the second time there is nothing to do', async () => {
    const before = await run('apply', rulesFile, '--dry-run');
    expect(before.code).toBe(10);
    expect(before.output).toContain('+ block_kraken');
    expect((await rules()).map(({ name }) => name)).not.toContain('block_kraken');

    expect((await run('apply', rulesFile)).code).toBe(2);
    const applied = await run('apply', rulesFile, '--yes');
    expect(applied).toMatchObject({ code: 0, output: expect.stringContaining('2 added') });
    expect(await decisionOn('a kraken again')).toMatchObject({ rule: { name: 'block_kraken' } });
    const again = await run('apply', rulesFile, '--yes');
    expect(again).toMatchObject({ code: 0, output: expect.stringContaining('Nothing to change') });
    expect((await run('apply', rulesFile, '--dry-run')).code).toBe(0);

    await writeFile(rulesFile, file.replace('priority: 5', 'priority: 7'));
    const changed = await run('apply', rulesFile, '--yes');
    expect(changed.output).toMatch(/~ block_kraken\n +priority +5 → 7\n/);
    expect(await rules()).toContainEqual(
      expect.objectContaining({ name: 'block_kraken', version: 2, priority: 7 }),
    );
    expect(await rules()).toContainEqual(expect.objectContaining({ name: 'block_rm_rf' }));
  });

  it('CLI-1: export is the file that apply has nothing to do for', async () => {
    const { code, output } = await run('export');
    expect(code).toBe(0);
    const exported = join(folder, 'exported.yaml');
    await writeFile(exported, output);
    expect((await run('apply', exported, '--dry-run', '--prune')).code).toBe(0);
  });

  it('CLI-1: a wrong file changes nothing, and each problem has its line', async () => {
    const before = await rules();
    const wrong = join(folder, 'wrong.yaml');
    await writeFile(wrong, `${file}  - name: bad\n    pattern: '(?=x)'\n    action: allow\n`);
    const { code, output } = await run('apply', wrong, '--yes');
    expect(code).toBe(2);
    expect(output).toContain(`${wrong}:11:14: rule bad: pattern: `);
    expect(await rules()).toEqual(before);
  });

  it('OPS-1: the audit names what became of rules', async () => {
    const path = '/api/audit?aggregate=rule&limit=500';
    const actions = async () =>
      (await platform.get<{ action: string }[]>(path)).body.map(({ action }) => action);
    const expected = ['RULE_CREATED', 'RULE_CHANGED', 'RULE_DELETED'];
    // The read models follow the log.
    await eventually(async () => new Set(await actions()).size >= expected.length);
    expect(new Set(await actions())).toEqual(new Set(expected));
  });
});
