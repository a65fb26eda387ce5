import {
  agentDefined,
  agentSchema,
  allEvents,
  startAgent,
  type Agent,
  type ExecutionEvent,
} from '@signalbox/contracts';
import { deriveId, newId, SystemClock, type MessageContext } from '@signalbox/kernel';
import { JetStreamCommandBus, JetStreamEventStore, NO_EVENTS } from '@signalbox/messaging';
import type { RunningService } from '@signalbox/service';
import { eventually, startTestNats, type TestNats } from '@signalbox/testing';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { start } from './main.ts';
import { type PaidModel, paidModel, type Usage } from './models/paid-model.fixture.spec.ts';

const STEPS_MAX = 100;
const tokensOf = (paid: readonly Usage[]) =>
  paid.reduce((sum, { prompt, output }) => sum + prompt + output, 0);

describe('budgets of agents, over HTTP', () => {
  let nats: TestNats;
  let folder: string;

  beforeAll(async () => {
    nats = await startTestNats();
    folder = await mkdtemp(join(tmpdir(), 'signalbox-budgets-'));
  });
  afterAll(async () => {
    await nats?.stop();
    await rm(folder, { recursive: true });
  });

  /** A platform of its own, with this file of budgets. */
  async function platform(model: PaidModel, yaml: string) {
    const env = newId().toLowerCase();
    const file = join(folder, `${env}.yaml`);
    await writeFile(file, yaml);
    const common = { connection: nats.connection, env, source: 'spec', clock: new SystemClock() };
    const store = new JetStreamEventStore({ ...common, definitions: allEvents });
    const bus = new JetStreamCommandBus(common);
    const runners = new Set<RunningService>();
    const eventsOf = async (id: string) =>
      (await store.read({ aggregate: 'execution', id }, { fresh: true }))
        .events as readonly ExecutionEvent[];
    return {
      replica: async (about: Record<string, string> = {}) => {
        const runner = await start({
          SIGNALBOX_NATS_URL: nats.url,
          SIGNALBOX_ENV: env,
          SIGNALBOX_LOG_LEVEL: 'error',
          SIGNALBOX_BUDGETS: file,
          SIGNALBOX_AGENT_MODEL_PROVIDER: 'openai',
          SIGNALBOX_AGENT_MODEL: 'gpt-4o',
          SIGNALBOX_AGENT_MODEL_BASE_URL: model.baseUrl,
          ...about,
        });
        runners.add(runner);
        return async () => {
          runners.delete(runner);
          await runner.stop();
        };
      },
      define: async (id: string, about: Partial<Agent> = {}) => {
        const base = { id, name: id, role: 'You look.', tools: [], stepsMax: STEPS_MAX };
        const agent = agentSchema.parse({ ...base, ...about });
        const ref = { aggregate: 'agent', id };
        await store.append(ref, NO_EVENTS, [agentDefined.of({ agent })], contextOf());
      },
      run: async (agent: string, source = 'chat') => {
        const executionId = newId();
        const about = { objective: 'Look.', input: {}, riskLevel: 'low' as const };
        const ids = { agent, executionId, signalId: newId(), source, approvalRequired: false };
        const command = startAgent.of({ ...about, ...ids });
        await bus.send(command, { id: deriveId(executionId, 'start'), context: contextOf() });
        return executionId;
      },
      eventsOf,
      endOf: (id: string) =>
        eventually(async () =>
          (await eventsOf(id)).find(({ type }) => type === 'execution.failed'),
        ),
      [Symbol.asyncDispose]: async () => {
        for (const runner of runners) await runner.stop();
      },
    };
  }

  it.each([1, 2, 3])(
    'AGT-6: a call that could pass the budget of its run is never made, whatever is used (%i)',
    async (seed) => {
      const random = randomFrom(seed);
      // As a tokenizer does: of a prompt that begins with an earlier one it counts no fewer tokens.
      const tokensPerByte = (1 + random(50)) / 100;
      await using model = await paidModel(({ bytes, max_tokens = 0 }) => ({
        prompt: Math.ceil(bytes * tokensPerByte),
        output: 1 + random(Math.min(max_tokens, 3_000)),
      }));
      await using at = await platform(model, 'run: { tokens: 60000 }');
      await at.define('looker', { budget: { tokens: 40_000 } });
      await at.replica();
      const id = await at.run('looker');
      expect((await at.endOf(id)).data).toMatchObject({
        reason: 'budget',
        detail: expect.stringMatching(/^The budget of the run is 40000 tokens; \d+ are used/),
      });
      expect(tokensOf(model.paid)).toBeLessThanOrEqual(40_000);
      const events = await at.eventsOf(id);
      const answers = events.filter(({ type }) => type === 'execution.model_answered');
      expect(answers).toHaveLength(model.questions.length);
      expect(model.questions.length).toBeGreaterThan(3);
      expect(events.find(({ type }) => type === 'execution.budget_reached')?.data).toMatchObject({
        scope: 'run',
        limit: 40_000,
        spent: tokensOf(model.paid),
      });
    },
  );

  it('AGT-6: a server that uses more than it was allowed is not asked again', async () => {
    await using model = await paidModel(() => ({ prompt: 90_000, output: 1 }));
    await using at = await platform(model, 'agents: { looker: { run: { tokens: 50000 } } }');
    await at.define('looker');
    await at.replica();
    expect((await at.endOf(await at.run('looker'))).data).toMatchObject({ reason: 'budget' });
    expect(model.questions).toHaveLength(1);
  });

  it('AGT-6: runs of two replicas share the budget of the day, and never pass it', async () => {
    await using model = await paidModel(({ bytes, max_tokens = 0 }) => ({
      prompt: Math.ceil(bytes / 3),
      output: Math.min(max_tokens, 2_000),
    }));
    await using at = await platform(model, 'day: { tokens: 300000 }');
    await at.define('looker');
    await at.replica({ SIGNALBOX_INSTANCE: 'one' });
    await at.replica({ SIGNALBOX_INSTANCE: 'two' });
    const ids = await Promise.all(Array.from({ length: 12 }, () => at.run('looker')));
    const ends = await Promise.all(ids.map((id) => at.endOf(id)));
    expect(ends.map(({ data }) => data)).toMatchObject(ids.map(() => ({ reason: 'budget' })));
    expect(tokensOf(model.paid)).toBeLessThanOrEqual(300_000);
    // All twelve may have set aside the longest answer at once, and were refused by that.
    expect(tokensOf(model.paid)).toBeGreaterThan(75_000);
  });

  it('AGT-6: what a source used of its day is known after a restart, and others go on', async () => {
    await using model = await paidModel(() => ({ prompt: 28_000, output: 1_000 }));
    await using at = await platform(model, 'sources: { noisy: { day: { tokens: 30000 } } }');
    await at.define('looker', { stepsMax: 1 });
    const stop = await at.replica();
    await at.endOf(await at.run('looker', 'noisy'));
    await stop();
    await at.replica();
    expect((await at.endOf(await at.run('looker', 'noisy'))).data).toMatchObject({
      reason: 'budget',
      detail: expect.stringContaining('The budget of source noisy for a day is 30000 tokens'),
    });
    expect(model.questions).toHaveLength(1);
    expect((await at.endOf(await at.run('looker', 'quiet'))).data).toMatchObject({
      reason: 'step_limit',
    });
    expect(model.questions).toHaveLength(2);
  });

  it('AGT-6: a budget in US dollars lets only models be asked whose price is known', async () => {
    await using model = await paidModel(({ bytes, max_tokens = 0 }) => ({
      prompt: Math.ceil(bytes / 2),
      output: Math.min(max_tokens, 3_000),
    }));
    await using at = await platform(model, 'run: { usd: 0.09 }');
    await at.define('looker');
    await at.define('own', { models: [{ provider: 'openai-compatible', model: 'own' }] });
    await at.replica({ SIGNALBOX_MODEL_BASE_URL: model.baseUrl });
    expect((await at.endOf(await at.run('own'))).data).toMatchObject({
      reason: 'budget',
      detail: 'There is a budget of 0.09 usd, and what openai-compatible/own costs is not known.',
    });
    expect(model.questions).toHaveLength(0);
    const id = await at.run('looker');
    expect((await at.endOf(id)).data).toMatchObject({ reason: 'budget' });
    const costs = (await at.eventsOf(id)).flatMap((event) =>
      event.type === 'execution.model_answered' ? (event.data.usd ?? Number.NaN) : [],
    );
    expect(costs).toHaveLength(model.questions.length);
    const paid = costs.reduce((sum, usd) => sum + usd);
    expect(paid).toBeGreaterThan(0.06);
    expect(paid).toBeLessThanOrEqual(0.09);
  });
});

function contextOf(): MessageContext {
  const id = newId();
  return { correlationId: id, causationId: id, actor: 'person:ops', epoch: 0 };
}

/** Whole numbers under a limit, the same for the same seed (Lehmer's generator). */
function randomFrom(seed: number): (limit: number) => number {
  let state = seed * 7_919;
  return (limit) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % Math.max(limit, 1);
  };
}
