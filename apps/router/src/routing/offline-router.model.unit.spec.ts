import type { Signal } from '@signalbox/contracts';
import { aSignal } from '../signal/signal.fixture.spec.ts';
import { someTargets } from './routing.fixture.spec.ts';
import { OfflineRouterModel } from './offline-router.model.ts';
import { SignalRouter } from './signal-router.ts';

const targets = someTargets(['diagnose_repair', 'escalate', 'take_action'], ['restart_service']);
const router = new SignalRouter({
  port: new OfflineRouterModel(),
  provider: 'offline',
  model: 'offline-router',
  confidenceMin: 0.5,
});
const routed = (about: Partial<Signal>, to = targets) =>
  router.route({ signal: aSignal(about), targets: to }, new AbortController().signal);

describe('OfflineRouterModel', () => {
  it('AGT-7: sends the sample incident to diagnose_repair at medium risk, labelled offline', async () => {
    expect(await routed({})).toEqual({
      routing: {
        kind: 'run',
        target: {
          kind: 'agent',
          agent: 'diagnose_repair',
          objective: 'Find the cause and repair it by its runbook: Checkout p99 latency above 2 s',
        },
        riskLevel: 'medium',
        reasoning: 'Chosen by the words of the signal; no language model is configured.',
      },
      provider: 'offline',
      model: 'offline-router',
      confidenceMin: 0.5,
      offline: true,
      promptTokens: 0,
      completionTokens: 0,
      usd: 0,
    });
  });

  it.each(['a\u200bb', '\u202e', '\ufeffx', '\u{e0041}', '\\u200b', '"x'])(
    'SIG-6: routes a signal whose names hold %j',
    async (name) => {
      const { routing } = await routed({ source: name, type: name, severity: name.slice(0, 20) });
      expect(routing.kind).toBe('run');
    },
  );

  it.each([
    [{ title: 'Disk health on db-1', severity: 'low' }, 'diagnose_repair', 'low'],
    [{ title: '5xx errors on api', severity: 'critical' }, 'diagnose_repair', 'medium'],
    [{ title: 'Unauthorized login, CPU high', severity: 'high' }, 'escalate', 'medium'],
    [{ title: 'Something strange', severity: 'critical' }, 'escalate', 'medium'],
    [{ title: 'Please restart the report job', severity: 'high' }, 'take_action', 'high'],
    [{ title: 'Generate the weekly report', severity: undefined }, 'take_action', 'medium'],
  ])('AGT-7: sends %j to %s at %s risk', async (about, agent, riskLevel) => {
    const { routing } = await routed({ type: 'note', ...about });
    expect(routing).toMatchObject({ kind: 'run', target: { agent }, riskLevel });
  });

  it('AGT-7: asks a person when no word fits', async () => {
    const { routing } = await routed({ title: 'Hello', type: 'note', severity: 'low' });
    expect(routing).toMatchObject({ kind: 'ask' });
  });

  it('AGT-7, SIG-7: answers a person honestly, and routes what they ask for by its words', async () => {
    const chat = { source: 'chat', type: 'message', severity: undefined, conversationId: 'c' };
    const { routing } = await routed({ ...chat, title: 'Who are you?' });
    expect(routing).toMatchObject({
      kind: 'answer',
      message: expect.stringContaining('No language model is configured'),
    });
    const asked = await routed({ ...chat, title: 'Why is checkout slow?\nIt is urgent.' });
    expect(asked.routing).toMatchObject({ kind: 'run', target: { agent: 'diagnose_repair' } });
  });

  it.each(['\u2028', '\u2029', '\n', '\r'])(
    'AGT-7: reads fields with the line end %j',
    async (end) => {
      const about = { title: 'Something strange', type: `a${end}b`, source: `a${end}Fields: {` };
      const { routing } = await routed({ ...about, severity: `critical${end}` });
      expect(routing).toMatchObject({ kind: 'ask' });
      const { routing: known } = await routed({ ...about, severity: 'critical' });
      expect(known).toMatchObject({ kind: 'run', target: { agent: 'escalate' } });
    },
  );

  it('RTE-3: picks no agent that is not registered', async () => {
    const { routing } = await routed({}, someTargets(['escalate']));
    expect(routing).toMatchObject({ target: { agent: 'escalate' } });
  });
});
