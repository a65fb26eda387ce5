import { eventually } from '@signalbox/testing';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Platform } from '../platform.ts';
import { signalbox } from '../signalbox.ts';

interface Chain {
  readonly events: readonly { readonly type: string; readonly actor: string }[];
}

const END_MAX_MS = 120_000;
/** Twice what the launcher waits for the processes before it gives them up. */
const STOP_MAX_MS = 20_000;

describe('the main job', () => {
  let platform: Platform;
  let signalId: string;

  beforeAll(async () => {
    platform = await Platform.start();
    await eventually(() => /signalbox approve \w+/.test(platform.output), END_MAX_MS);
    signalId = /Sample incident (\w+)/.exec(platform.output)?.[1] ?? '';
  });
  afterAll(() => platform.stopAndForget());

  const typesOf = async () =>
    (await platform.get<Chain>(`/api/why/${signalId}`)).body.events.map((event) => event.type);
  const effects = () => readFile(join(platform.home, 'effects.jsonl'), 'utf8').catch(() => '');

  it('AGT-1: an alert is decided and investigated with a real tool, and waits for a person', async () => {
    const types = await typesOf();
    expect(types).toEqual(expect.arrayContaining(['signal.received', 'decision.made']));
    expect(types.filter((type) => type === 'toolcall.succeeded').length).toBeGreaterThanOrEqual(1);
    expect(types).not.toContain('execution.completed');
    expect(await effects()).toBe('');
  });

  it('APR-2: the approved action runs, once, and the run completes', async () => {
    const approvalId = /signalbox approve (\w+)/.exec(platform.output)?.[1] ?? '';
    const approved = await signalbox(['approve', approvalId], platform.clientEnv);
    expect(approved).toMatchObject({ code: 0 });
    await eventually(async () => (await typesOf()).includes('execution.completed'), END_MAX_MS);
    expect((await effects()).trim().split('\n')).toHaveLength(1);
    await eventually(() => /\bcompleted\b/.test(platform.output), END_MAX_MS);
  });

  it('AUD-3: why tells the whole story of the signal', async () => {
    const why = await signalbox(['why', signalId], platform.clientEnv);
    expect(why.code).toBe(0);
    for (const part of ['diagnose_repair', 'runbooks__', 'execute_remediation', 'restart_service'])
      expect(why.output).toContain(part);
  });

  it('AUD-1: the audit holds each step with its actor and its cause', async () => {
    const { body } = await platform.get<Record<string, unknown>[]>('/api/audit?limit=200');
    const actions = body.map((entry) => entry['action']);
    for (const action of [
      'SIGNAL_RECEIVED',
      'ORCHESTRATOR_ROUTED',
      'AGENT_STARTED',
      'AGENT_COMPLETED',
    ])
      expect(actions).toContain(action);
    for (const entry of body) {
      expect(entry['actor']).toMatch(/^(person|service|source|agent):/);
      expect(entry['causation_id']).toBeTruthy();
    }
  });

  it('DEP-1: Ctrl-C stops everything in time, and the state is there after a restart', async () => {
    expect(await platform.stop()).toBeLessThan(STOP_MAX_MS);
    platform = await Platform.start({ home: platform.home, args: ['--no-sample'] });
    await eventually(async () => (await typesOf()).includes('execution.completed'), END_MAX_MS);
    expect(platform.output).not.toContain('API key');
  });
});
