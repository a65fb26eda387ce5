import { eventually } from '@signalbox/testing';
import { startBench, type Bench } from './backtest.fixture.spec.ts';
import { ruleOf, signalOf, type Line } from './samples.fixture.spec.ts';

const reject = { name: 'reject_cpu', pattern: 'cpu', action: 'hard_reject' };
const page = { name: 'page', pattern: 'disk', action: 'force_agent', agent_id: 'escalate' };
const scale = {
  name: 'scale',
  pattern: 'cpu',
  action: 'trigger_automation',
  automation_id: 'auto_scale_horizontal',
  risk_level: 'high',
};
const noVerdicts = {
  hard_reject: 0,
  require_approval: 0,
  trigger_automation: 0,
  force_agent: 0,
  allow: 0,
  model: 0,
  resolved: 0,
};

describe('POST /api/rules/backtest', () => {
  let bench: Bench;
  const cpu = signalOf();
  const disk = signalOf({ title: 'Disk full on db-1' });
  let between: string;

  beforeAll(async () => {
    bench = await startBench();
    await bench.define(ruleOf({ name: 'reject_cpu' }));
    await bench.define(ruleOf({ name: 'was_turned_off', pattern: '.', active: false }));
    await bench.record(cpu);
    await bench.record(signalOf({ title: 'Nothing of note' }));
    await bench.record(signalOf({ status: 'resolved' }));
    await bench.record(signalOf(), 'grouped');
    const now = Date.now();
    await eventually(() => Date.now() > now + 2);
    between = new Date(now + 1).toISOString();
    await bench.record(disk);
  });
  afterAll(() => bench.stop());

  const changedOf = (lines: readonly Line[]) => lines.flatMap(({ changed }) => changed ?? []);
  const summaryOf = (lines: readonly Line[]) => lines.at(-1)?.summary;

  it('RUL-6: counts what each rule set says of recorded signals, and what would change', async () => {
    const lines = await bench.lines({ rules: [page] });
    expect(summaryOf(lines)).toEqual({
      since: expect.any(String),
      until: expect.any(String),
      signals: 4,
      changed: 2,
      same_by_another_rule: 0,
      repeats: 1,
      before: { ...noVerdicts, hard_reject: 1, model: 2, resolved: 1 },
      after: { ...noVerdicts, force_agent: 1, model: 2, resolved: 1 },
      transitions: [
        { from: 'hard_reject, medium risk', to: 'model', count: 1 },
        { from: 'model', to: 'force_agent escalate, medium risk', count: 1 },
      ],
      truncated: false,
      limit_reached: false,
      took_ms: expect.any(Number),
    });
  });

  it('RUL-6: tells each changed signal with the traces of both sides', async () => {
    const changed = changedOf(await bench.lines({ rules: [page, scale] }));
    expect(changed).toEqual([
      {
        signal_id: cpu.id,
        received_at: cpu.receivedAt,
        source: 'spec',
        type: 'alert',
        title: 'High CPU on web-1',
        before: {
          verdict: 'hard_reject',
          rule: 'reject_cpu',
          risk_level: 'medium',
          trace: [expect.objectContaining({ rule_name: 'reject_cpu', matched: true })],
        },
        after: {
          verdict: 'trigger_automation',
          rule: 'scale',
          risk_level: 'high',
          automation_id: 'auto_scale_horizontal',
          trace: [
            expect.objectContaining({ rule_name: 'page', matched: false }),
            expect.objectContaining({ rule_name: 'scale', matched: true }),
          ],
        },
      },
      expect.objectContaining({ signal_id: disk.id }),
    ]);
  });

  it('RUL-6: shows how far it is, from the first line to the last but one', async () => {
    const progress = (await bench.lines({ rules: [page] })).flatMap((line) => line.progress ?? []);
    expect(progress.at(0)).toEqual({ read: 0, changed: 0, done: 0 });
    expect(progress.at(-1)).toEqual({ read: 4, changed: 2, done: 1 });
  });

  it('RUL-6: changes nothing when the candidates are the rules in force', async () => {
    const lines = await bench.lines({ rules: [reject] });
    expect(changedOf(lines)).toEqual([]);
    expect(summaryOf(lines)).toMatchObject({ signals: 4, changed: 0, transitions: [] });
  });

  it('RUL-6: takes the signals of the time that is asked for', async () => {
    const counts = async (period: object) =>
      summaryOf(await bench.lines({ rules: [page], ...period }))?.['signals'];
    expect(await counts({ since: between })).toBe(1);
    expect(await counts({ until: between })).toBe(3);
    expect(await counts({ since: '2020-01-01', until: '2021-01-01' })).toBe(0);
  });

  it.each([
    ['a pattern that RE2 cannot take', { ...page, pattern: '(a)\\1' }, 'rules.1.pattern', 'page'],
    ['an action that is none', { ...page, action: 'explode' }, 'rules.1.action', 'rules.1'],
    ['a workflow that is missing', { ...scale, automation_id: null }, 'rules.1.automation_id', ''],
  ])('RUL-6: refuses %s before anything is told, naming rule and field', async (...of) => {
    const [, rule, field, name] = of;
    const response = await bench.post({ rules: [reject, rule] });
    expect(response.status).toBe(422);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    const problem = (await response.json()) as { detail: string; errors: { field: string }[] };
    expect(problem.errors.map((error) => error.field)).toEqual([field]);
    expect(problem.detail).toContain(name);
  });

  it('RUL-6: is for those who have the key', async () => {
    expect((await bench.post({ rules: [] }, { key: '' })).status).toBe(401);
    expect((await bench.post({ rules: [] }, { key: 'wrong' })).status).toBe(403);
  });

  it('RUL-6: has no effect: nothing is published while it runs', async () => {
    const before = await bench.sequences();
    expect(before).toMatchObject({ AUDIT: expect.any(Number), COMMANDS: 0, SIGNALS: 0, TIMERS: 0 });
    const acting = [page, scale, { name: 'ask', pattern: '.', action: 'require_approval' }];
    expect(summaryOf(await bench.lines({ rules: acting }))).toMatchObject({ changed: 3 });
    expect(await bench.sequences()).toEqual(before);
  });

  it('RUL-6: runs one at a time, as fast as it is read, and ends when nobody reads', async () => {
    const title = `cpu ${'x'.repeat(900)}`;
    await Promise.all(Array.from({ length: 4_000 }, () => bench.record(signalOf({ title }))));
    const rules = [page, ...Array.from({ length: 30 }, (_, i) => ({ ...page, name: `page_${i}` }))];
    const leave = new AbortController();
    const unread = await bench.post({ rules }, { signal: leave.signal });
    expect(unread.headers.get('content-type')).toBe('application/x-ndjson');

    const second = await bench.post({ rules: [] });
    expect(second.status).toBe(429);
    expect(second.headers.get('retry-after')).toBe('10');
    expect(await second.json()).toMatchObject({ detail: expect.stringContaining('Another') });

    leave.abort();
    const again = await eventually(async () => {
      const response = await bench.post({ rules });
      if (response.ok) return response;
      await response.body?.cancel();
      return false;
    });
    const read = (await again.text()).trimEnd().split('\n');
    expect(summaryOf([JSON.parse(read.at(-1) ?? '') as Line])).toMatchObject({ signals: 4_004 });
  });
});
