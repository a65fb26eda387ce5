import type { agentPlan } from '@signalbox/contracts';
import type { Run } from '@signalbox/executions';
import { deriveId, newId } from '@signalbox/kernel';
import {
  type ModelAnswer,
  ModelPort,
  type ModelRequest,
  type OnText,
  UnusableAnswer,
} from '@signalbox/models';
import type { z } from 'zod';
import { ModelRegistry } from '../models/model-registry.ts';
import { type RunText, RunWatch, type WatchedCall } from '../ports/run-watch.port.ts';
import { AgentModel } from './agent.model.ts';

const gpt = { provider: 'openai', model: 'gpt-4o' };
const claude = { provider: 'anthropic', model: 'claude-opus-5' };
const executionId = newId();
const plan: z.output<typeof agentPlan> = {
  kind: 'agent',
  agent: 'mender',
  agentVersion: 1,
  role: 'You mend.',
  tools: [],
  agents: [],
  models: [],
  stepsMax: 3,
};
const run: Run = {
  status: 'running',
  started: {
    executionId,
    signalId: newId(),
    objective: 'mend',
    input: {},
    riskLevel: 'low',
    approvalRequired: false,
  },
  plan,
  answers: [],
  modelCall: { requestedStep: 0, failures: 0 },
  lost: { tokens: 0, usd: 0 },
  settled: [],
  granted: [],
  observed: [],
};

/** Answers what it is told to, and keeps what it was asked. */
class ToldModel extends ModelPort {
  asked: ModelRequest | undefined;
  constructor(private readonly answer: Partial<ModelAnswer> | UnusableAnswer) {
    super();
  }
  override async complete(request: ModelRequest, _: AbortSignal, onText?: OnText) {
    this.asked = request;
    if (this.answer instanceof UnusableAnswer) throw this.answer;
    onText?.('all ', gpt);
    onText?.('is well', gpt);
    const used = { promptTokens: 1_000_000, completionTokens: 0 };
    return { text: 'all is well', toolUses: [], ...gpt, offline: false, ...used, ...this.answer };
  }
}

class HeardWatch extends RunWatch {
  readonly heard: RunText[] = [];
  ended = 0;
  override open(call: WatchedCall) {
    return {
      onText: (text: string, by: { provider: string; model: string }) =>
        void this.heard.push({ ...call, ...by, text }),
      end: () => void this.ended++,
    };
  }
}

function modelWith(answer: Partial<ModelAnswer> | UnusableAnswer = {}, candidates = [gpt]) {
  const port = new ToldModel(answer);
  const watch = new HeardWatch();
  const usual = { identity: { ...gpt, offline: false }, candidates, port };
  const choose = () => {
    throw new Error('nobody names a model here');
  };
  return { model: new AgentModel(new ModelRegistry({ usual, choose }), watch), port, watch };
}
const { signal } = new AbortController();

it('AGT-6: records what the call used, and what that costs by list price', async () => {
  const usage = { cacheReadTokens: 200_000, cacheWriteTokens: 0, reasoningTokens: 0 };
  const failedBefore = [{ ...claude, code: 'model_limited', reason: '429' }];
  const { model } = modelWith({ ...usage, failedBefore, toolUses: [{ name: 'a', arguments: {} }] });
  const call = await model.prepare(run, 2);
  expect(await call.answer({ signal })).toEqual({
    step: 2,
    text: 'all is well',
    toolUses: [{ callId: deriveId(executionId, 2, 0), tool: 'a', arguments: {} }],
    ...gpt,
    offline: false,
    promptTokens: 1_000_000,
    completionTokens: 0,
    ...usage,
    failedBefore,
    usd: 0.8 * 2.5 + 0.2 * 1.25,
  });
});

it('AGT-6: a model without a known price is not taken for free', async () => {
  const { model } = modelWith({ model: 'of-my-own' });
  const answer = await (await model.prepare(run, 1)).answer({ signal });
  expect(answer).not.toHaveProperty('usd');
});

it('AGT-6: passes the limit of the answer on', async () => {
  const { model, port } = modelWith();
  const call = await model.prepare(run, 1);
  await call.answer({ signal, outputTokensMax: 77 });
  expect(port.asked).toMatchObject({ ...gpt, outputTokensMax: 77 });
  await call.answer({ signal });
  expect(port.asked).not.toHaveProperty('outputTokensMax');
});

it('AGT-6: counts on from the last prompt where the same model counted it', async () => {
  const told = { ...gpt, step: 1, text: 'a', offline: false, completionTokens: 1 };
  const answered = { ...run, answers: [{ ...told, toolUses: [], promptTokens: 50 }] };
  const [alone, oneOfTwo] = [modelWith(), modelWith({}, [gpt, claude])];
  const near = (await alone.model.prepare(answered, 2)).promptTokensMax;
  const far = (await oneOfTwo.model.prepare(answered, 2)).promptTokensMax;
  expect(near).toBeLessThan(200);
  expect(far).toBeGreaterThan(1_000);
});

it('AGT-5: those who watch hear the text; the end is told whatever the answer is', async () => {
  const { model, watch } = modelWith();
  await (await model.prepare(run, 3)).answer({ signal });
  const words = ['all ', 'is well'].map((text) => ({ executionId, step: 3, ...gpt, text }));
  expect(watch).toMatchObject({ heard: words, ended: 1 });
  const useless = modelWith({ text: 'x'.repeat(200_000) });
  const call = await useless.model.prepare(run, 1);
  await expect(call.answer({ signal })).rejects.toMatchObject({ code: 'answer_too_large' });
  expect(useless.watch.ended).toBe(1);
});

it('AGT-6: says what an answer of no use used, and nothing where its provider did not', async () => {
  const failure = async (model: AgentModel) => {
    const call = await model.prepare(run, 1);
    return call.answer({ signal }).catch((error: unknown) => error);
  };
  const tooLarge = { text: 'x'.repeat(200_000) };
  const used = { tokensUsed: 1_000_000, usdUsed: 2.5 };
  const answer = { kind: 'invalid', code: 'answer_too_large' };
  expect(await failure(modelWith(tooLarge).model)).toMatchObject({ ...answer, ...used });
  const silent = await failure(modelWith({ ...tooLarge, promptTokens: 0 }).model);
  expect(silent).toMatchObject({ ...answer, tokensUsed: undefined });

  const unusable = (code: string) =>
    new UnusableAnswer(900_000, 10_000, { code, message: 'no', by: gpt });
  const cut = modelWith(unusable('answer_cut'));
  expect(await failure(cut.model)).toMatchObject({ code: 'answer_cut', tokensUsed: 910_000 });
  // It was given up before its provider could tell the whole.
  const givenUp = await failure(modelWith(unusable('answer_too_large')).model);
  expect(givenUp).not.toHaveProperty('tokensUsed');
});
