import {
  agentSchema,
  allEvents,
  defineAgent,
  deleteAgent,
  startAgent,
  toolRegistered,
  type Agent,
} from '@signalbox/contracts';
import {
  deriveId,
  digestOf,
  newId,
  SystemClock,
  type Command,
  type Json,
  type MessageContext,
} from '@signalbox/kernel';
import { JetStreamCommandBus, JetStreamEventStore, NO_EVENTS } from '@signalbox/messaging';
import type { RunningService } from '@signalbox/service';
import { eventually, startTestNats, type TestNats } from '@signalbox/testing';
import { start } from '../main.ts';
import { defaultAgents } from './default-agents.ts';

const TOOLS = ['runbooks__read', 'execute_remediation', 'get_system_metrics', 'get_recent_logs'];

const contextOf = (): MessageContext => {
  const id = newId();
  return { correlationId: id, causationId: id, actor: 'person:ops', epoch: 0 };
};
const anAgent = (id: string, about: Partial<Agent> = {}): Agent =>
  agentSchema.parse({ id, name: id, role: `You ${id}.`, tools: [], stepsMax: 3, ...about });

describe('agents as aggregates, on a real server', () => {
  let nats: TestNats;
  let store: JetStreamEventStore;
  let bus: JetStreamCommandBus;
  let runner: RunningService;

  const env = () => ({
    SIGNALBOX_NATS_URL: nats.url,
    SIGNALBOX_ENV: nats.env,
    SIGNALBOX_LOG_LEVEL: 'error',
  });

  beforeAll(async () => {
    nats = await startTestNats();
    const { connection } = nats;
    const common = { connection, env: nats.env, source: 'spec', clock: new SystemClock() };
    store = new JetStreamEventStore({ ...common, definitions: allEvents });
    bus = new JetStreamCommandBus(common);
    for (const name of TOOLS) {
      const event = toolRegistered.of({
        name,
        description: name,
        inputSchema: {},
        definitionDigest: digestOf(name),
        approvalRequired: false,
        repeatable: false,
      });
      await store.append({ aggregate: 'tool', id: name }, NO_EVENTS, [event], contextOf());
    }
    runner = await start(env());
  });
  afterAll(async () => {
    await runner?.stop();
    await nats?.stop();
  });

  const ask = (command: Command) =>
    bus.request(command, { id: newId(), context: contextOf(), waitMs: 30_000 });
  const define = (agent: Agent, expectedVersion?: number) =>
    ask(defineAgent.of({ agent, expectedVersion }));
  const eventsOf = async (aggregate: string, id: string) => {
    const { events } = await store.read({ aggregate, id }, { fresh: true });
    return events;
  };

  /** The journal of a run, once it has ended. */
  async function ran(agent: string, input: Json = {}) {
    const signalId = newId();
    const executionId = deriveId(signalId, 'execution');
    const command = startAgent.of({
      agent,
      executionId,
      signalId,
      objective: 'Mend.',
      input,
      riskLevel: 'low',
      approvalRequired: false,
    });
    await bus.send(command, { id: deriveId(signalId, 'start'), context: contextOf() });
    return eventually(async () => {
      const events = await eventsOf('execution', executionId);
      return /completed|failed/.test(events.at(-1)?.type ?? '') && events;
    });
  }

  it('AGT-1: runs an agent from its answer on, the changed one too, each version kept', async () => {
    const agent = anAgent('mender', { tools: ['runbooks__*'] });
    expect(await define(agent, 0)).toEqual({ ...agent, version: 1 });
    expect((await ran('mender'))[0]).toMatchObject({
      data: { plan: { agentVersion: 1, tools: [{ name: 'runbooks__read' }] } },
    });
    const other = { ...agent, role: 'You mend gently.' };
    expect(await define(other, 1)).toEqual({ ...other, version: 2 });
    expect((await ran('mender'))[0]).toMatchObject({
      data: { plan: { agentVersion: 2, system: expect.stringMatching(/^You mend gently\./) } },
    });
    expect(await eventsOf('agent', 'mender')).toMatchObject([
      { data: { agent }, record: { actor: 'person:ops' } },
      { data: { agent: other }, record: { actor: 'person:ops' } },
    ]);
    await expect(define(agent, 1)).rejects.toMatchObject({
      code: 'agent_changed_meanwhile',
      kind: 'conflict',
    });
  });

  it('AGT-1: refuses an agent that no run could go by, naming every field', async () => {
    const unusable = anAgent('unusable', {
      tools: ['runbooks__*', 'rm'],
      agents: ['nobody'],
      models: [{ provider: 'openai', model: 'gpt-4o' }],
      inputSchema: { $ref: 'https://127.0.0.1:9/schema.json' },
    });
    await expect(define(unusable)).rejects.toMatchObject({
      code: 'agent_unusable',
      kind: 'invalid',
      fields: [
        { field: 'inputSchema', problem: expect.stringContaining('reference') },
        { field: 'tools.1', problem: 'no tool named rm is registered at present' },
        { field: 'agents.0', problem: 'no agent named nobody is registered at present' },
        { field: 'models.0', problem: expect.stringMatching(/^OPENAI_API_KEY is not set/) },
      ],
    });
    expect(await eventsOf('agent', 'unusable')).toEqual([]);
  });

  it('AGT-1: a deleted agent is not started, and the run says so', async () => {
    await define(anAgent('leaver'));
    expect(await ask(deleteAgent.of({ agentId: 'leaver' }))).toEqual({ version: 2 });
    expect((await ran('leaver')).at(-1)).toMatchObject({
      data: { reason: 'unknown_target', detail: 'There is no agent leaver.' },
    });
    await expect(ask(deleteAgent.of({ agentId: 'leaver' }))).rejects.toMatchObject({
      code: 'agent_not_found',
      kind: 'missing',
    });
    expect(await define(anAgent('leaver'), 0)).toMatchObject({ version: 3 });
  });

  it('AGT-1: an input that does not fit the agent ends the run, with the reason', async () => {
    const inputSchema = { type: 'object', properties: { labels: { required: ['service'] } } };
    await define(anAgent('picky', { inputSchema }));
    expect((await ran('picky', { labels: {} })).at(-1)).toMatchObject({
      type: 'execution.failed',
      data: {
        reason: 'invalid_input',
        detail:
          "The input does not fit the agent picky: labels must have required property 'service'.",
      },
    });
    const fits = await ran('picky', { labels: { service: 'checkout' } });
    expect(fits.at(-1)?.type).toBe('execution.completed');
  });

  it('AGT-1: what comes with the product and was changed or deleted stays so', async () => {
    const agent = defaultAgents.find(({ id }) => id === 'diagnose_repair');
    if (!agent) throw new Error('it does not come with the product');
    await ask(deleteAgent.of({ agentId: 'take_action' }));
    const changed = { ...agent, tools: ['runbooks__*'], agents: [], stepsMax: 2 };
    await define(changed);
    await runner.stop();
    runner = await start(env());
    expect(await eventsOf('agent', 'diagnose_repair')).toHaveLength(2);
    expect((await ran('take_action')).at(-1)).toMatchObject({
      data: { reason: 'unknown_target' },
    });
    expect((await ran('diagnose_repair'))[0]).toMatchObject({
      data: { plan: { agentVersion: 2, stepsMax: 2 } },
    });
  });
});
