import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Platform } from '../platform.ts';
import { signalbox } from '../signalbox.ts';
import { eventOf, sendSignal } from '../stories.ts';

const file = `rules:
  - name: block_kraken
    pattern: kraken
    action: hard_reject
    risk_level: high
  - name: block_rm_rf
    pattern: 'rm\\s+-rf\\s+/'
    action: force_agent
    agent_id: escalate
`;

interface Summary {
  readonly signals: number;
  readonly changed: number;
  readonly transitions: readonly unknown[];
}

describe('a backtest', () => {
  let platform: Platform;
  let folder: string;
  let rulesFile: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'signalbox-backtest-'));
    rulesFile = join(folder, 'rules.yaml');
    await writeFile(rulesFile, file);
    platform = await Platform.start({ args: ['--no-sample'] });
  });
  afterAll(async () => {
    await platform?.stopAndForget();
    await rm(folder, { recursive: true, force: true });
  });

  const decisionOn = async (title: string) => {
    const signal = { source: 'e2e', event_type: 'alert', title, payload: {} };
    const id = await sendSignal(platform, signal);
    return (await eventOf(platform, id, 'decision.made')).data;
  };
  const run = (...args: string[]) => signalbox(['rules', ...args, rulesFile], platform.clientEnv);
  const summaryOf = async (...args: string[]) => {
    const { output } = await run('backtest', '--json', ...args);
    const last = JSON.parse(output.trimEnd().split('\n').at(-1) ?? '') as { summary: Summary };
    return last.summary;
  };

  it('RUL-6: tells what applying a file would change, and that is what changes', async () => {
    expect(await decisionOn('a kraken was seen')).toMatchObject({ by: 'model' });
    expect(await decisionOn('someone asked for rm -rf /')).toMatchObject({ outcome: 'reject' });
    expect(await decisionOn('nothing of note')).toMatchObject({ by: 'model' });

    const { code, output } = await run('backtest', '--since', '1h', '--fail-on-change');
    expect(code).toBe(10);
    expect(output).toContain('2 decisions would change:');
    expect(await summaryOf()).toMatchObject({
      signals: 3,
      changed: 2,
      transitions: expect.arrayContaining([
        { from: 'model', to: 'hard_reject, high risk', count: 1 },
        {
          from: 'hard_reject, critical risk',
          to: 'force_agent escalate, medium risk',
          count: 1,
        },
      ]),
    });

    expect((await run('apply', '--yes')).code).toBe(0);
    expect(await summaryOf()).toMatchObject({ signals: 3, changed: 0 });
    expect(await decisionOn('a second kraken was seen')).toMatchObject({
      outcome: 'reject',
      riskLevel: 'high',
    });
    expect(await decisionOn('again someone asked for rm -rf /')).toMatchObject({
      outcome: 'run',
      riskLevel: 'medium',
      target: { kind: 'agent', agent: 'escalate' },
    });
  });
});
