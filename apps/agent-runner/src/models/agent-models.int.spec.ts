import { LLMock } from '@copilotkit/aimock';
import {
  agentDefined,
  agentSchema,
  allEvents,
  startAgent,
  type Agent,
  type ExecutionEvent,
} from '@signalbox/contracts';
import { deriveId, newId, SystemClock, type MessageContext } from '@signalbox/kernel';
import {
  JetStreamCommandBus,
  JetStreamEventStore,
  NO_EVENTS,
  subjectsOf,
} from '@signalbox/messaging';
import type { RunningService } from '@signalbox/service';
import { eventually, startTestNats, type TestNats } from '@signalbox/testing';
import { start } from '../main.ts';
import type { RunText } from '../ports/run-watch.port.ts';

const SAID = 'All is well with checkout, as far as I can see. '.repeat(20);
const local = (model: string) => ({ provider: 'openai-compatible', model });
const unconfigured = { provider: 'anthropic', model: 'claude-opus-5' };

describe('models of agents, over HTTP', () => {
  const mock = new LLMock({ port: 0, logLevel: 'silent' });
  let nats: TestNats;
  let store: JetStreamEventStore;
  let bus: JetStreamCommandBus;
  let runner: RunningService;

  beforeAll(async () => {
    nats = await startTestNats();
    await mock.start();
    mock.on({ predicate: () => true }, { content: SAID });
    const { connection, env } = nats;
    const common = { connection, env, source: 'spec', clock: new SystemClock() };
    store = new JetStreamEventStore({ ...common, definitions: allEvents });
    bus = new JetStreamCommandBus(common);
    await define('usual');
    await define('own', [local('mine')]);
    // As it comes to a replica whose environment lacks what the one had that took the definition.
    await define('elsewhere', [unconfigured, local('mine')]);
    await define('nowhere', [unconfigured]);
    runner = await start({
      SIGNALBOX_NATS_URL: nats.url,
      SIGNALBOX_ENV: env,
      SIGNALBOX_LOG_LEVEL: 'error',
      SIGNALBOX_AGENT_MODEL: 'usual',
      SIGNALBOX_AGENT_MODEL_BASE_URL: `${mock.url}/v1`,
    });
  });
  afterAll(async () => {
    await runner?.stop();
    await mock.stop();
    await nats?.stop();
  });

  function contextOf(): MessageContext {
    const id = newId();
    return { correlationId: id, causationId: id, actor: 'person:ops', epoch: 0 };
  }

  async function define(id: string, models: Agent['models'] = []): Promise<void> {
    const agent = agentSchema.parse({
      id,
      name: id,
      role: 'You look.',
      tools: [],
      models,
      stepsMax: 3,
    });
    const ref = { aggregate: 'agent', id };
    await store.append(ref, NO_EVENTS, [agentDefined.of({ agent })], contextOf());
  }

  async function begin(agent: string, signalId = newId()): Promise<string> {
    const executionId = deriveId(signalId, 'execution');
    const command = startAgent.of({
      agent,
      executionId,
      signalId,
      objective: 'Look at checkout.',
      input: {},
      riskLevel: 'low',
      approvalRequired: false,
    });
    await bus.send(command, { id: deriveId(signalId, 'start'), context: contextOf() });
    return executionId;
  }

  const eventOf = <Type extends ExecutionEvent['type']>(executionId: string, type: Type) =>
    eventually(async () => {
      const ref = { aggregate: 'execution', id: executionId };
      const { events } = await store.read(ref, { fresh: true });
      const found = (events as readonly ExecutionEvent[]).find((event) => event.type === type);
      return found as Extract<ExecutionEvent, { type: Type }> | undefined;
    });

  it('AGT-5: asks the configured model, or the one that the agent names', async () => {
    const answers = await Promise.all(
      ['usual', 'own'].map(async (agent) =>
        eventOf(await begin(agent), 'execution.model_answered'),
      ),
    );
    expect(answers).toMatchObject([
      { data: { ...local('usual'), offline: false, text: SAID } },
      { data: { ...local('mine'), offline: false, text: SAID } },
    ]);
    expect(answers[0]?.data).not.toHaveProperty('usd');
  });

  it('AGT-5: goes on with the next model, and records who was asked before', async () => {
    const { data } = await eventOf(await begin('elsewhere'), 'execution.model_answered');
    expect(data).toMatchObject({
      ...local('mine'),
      failedBefore: [
        {
          ...unconfigured,
          code: 'model_not_configured',
          reason: expect.stringContaining('ANTHROPIC_API_KEY is not set'),
        },
      ],
    });
  });

  it('AGT-7: without a key for the model that is named, the run says so, and no planner answers', async () => {
    const executionId = await begin('nowhere');
    const { data } = await eventOf(executionId, 'execution.model_failed');
    expect(data).toMatchObject({
      code: 'model_not_configured',
      reason: expect.stringContaining('ANTHROPIC_API_KEY is not set'),
      retryAt: expect.any(String),
    });
    const requested = await eventOf(executionId, 'execution.model_call_requested');
    expect(requested.data).toMatchObject({ ...unconfigured, offline: false });
  });

  it('AGT-5: a watcher reads the answer while it is written', async () => {
    const signalId = newId();
    const id = deriveId(signalId, 'execution');
    const heard: RunText[] = [];
    const subject = subjectsOf(nats.env).watch({ aggregate: 'execution', id });
    nats.connection.subscribe(subject, {
      callback: (_, message) => void heard.push(message.json()),
    });
    await nats.connection.flush();
    await begin('own', signalId);
    await eventOf(id, 'execution.completed');
    await eventually(() => heard.map(({ text }) => text).join('') === SAID);
    expect(heard[0]).toMatchObject({ executionId: id, step: 1, ...local('mine') });
  });
});
