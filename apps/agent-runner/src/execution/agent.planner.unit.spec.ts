import {
  executionCompleted,
  executionFailed,
  type ToolOutcome,
  type ToolUse,
} from '@signalbox/contracts';
import type { Run } from '@signalbox/executions';
import { deriveId, digestOf, newId } from '@signalbox/kernel';
import { planAgent } from './agent.planner.ts';

const executionId = newId();
const offer = {
  name: 'restart',
  description: '',
  inputSchema: {},
  definitionDigest: digestOf('restart'),
  approvalRequired: true,
  repeatable: false,
};
const use = (index: number, tool = 'restart', step = 1): ToolUse => ({
  callId: deriveId(executionId, step, index),
  tool,
  arguments: { index },
});
const answer = (step: number, text: string, toolUses: ToolUse[] = []): Run['answers'][number] => ({
  step,
  text,
  toolUses,
  provider: 'p',
  model: 'm',
  offline: false,
  promptTokens: 1,
  completionTokens: 1,
});
const settled = ({ callId }: ToolUse, status: 'succeeded' | 'failed' = 'succeeded') => {
  const outcome: ToolOutcome =
    status === 'succeeded' ? { status, result: 'ok' } : { status, code: 'x', message: 'no' };
  return { step: 1, callId, outcome };
};

const run = (changes: Partial<Run>, stepsMax = 2): Run => ({
  status: 'running',
  started: {
    executionId,
    signalId: newId(),
    objective: 'mend',
    input: {},
    riskLevel: 'low',
    approvalRequired: false,
  },
  plan: {
    kind: 'agent',
    agent: 'mender',
    agentVersion: 1,
    role: 'mend',
    tools: [offer],
    agents: [],
    models: [],
    stepsMax,
  },
  answers: [],
  modelCall: { requestedStep: 0, failures: 0 },
  lost: { tokens: 0, usd: 0 },
  settled: [],
  granted: [],
  observed: [],
  ...changes,
});

it('asks the model first', () => {
  expect(planAgent(run({}))).toEqual({ kind: 'ask_model', step: 1 });
});

it('uses the tools of an answer one by one, in its order', () => {
  const answers = [answer(1, '', [use(0), use(1)])];
  expect(planAgent(run({ answers }))).toMatchObject({ kind: 'use_tool', step: 1, use: use(0) });
  expect(planAgent(run({ answers, settled: [settled(use(0))] }))).toMatchObject({ use: use(1) });
});

it('takes the offer that the run is bound to, and none for a tool it has not', () => {
  const known = planAgent(run({ answers: [answer(1, '', [use(0)])] }));
  expect(known).toMatchObject({ offer: { definitionDigest: offer.definitionDigest } });
  const unknown = planAgent(run({ answers: [answer(1, '', [use(0, 'rm')])] }));
  expect(unknown).toMatchObject({ kind: 'use_tool', offer: undefined });
});

it('asks again once every tool has answered, also when one failed', () => {
  const answers = [answer(1, '', [use(0), use(1)])];
  const both = [settled(use(0)), settled(use(1), 'failed')];
  expect(planAgent(run({ answers, settled: both }))).toEqual({ kind: 'ask_model', step: 2 });
});

it('completes with an answer that uses no tool', () => {
  expect(planAgent(run({ answers: [answer(1, 'all is well')] }))).toEqual({
    kind: 'finish',
    event: executionCompleted.of({ summary: 'all is well' }),
  });
});

it('AGT-3: reaching the step limit is a failure', () => {
  const answers = [answer(1, '', [use(0)]), answer(2, '', [use(0, 'restart', 2)])];
  const all = [settled(use(0)), settled(use(0, 'restart', 2))];
  expect(planAgent(run({ answers, settled: all }))).toEqual({
    kind: 'finish',
    event: executionFailed.of({
      reason: 'step_limit',
      detail: 'The agent had not finished after 2 steps.',
    }),
  });
});
