import { LLMock, type ChatCompletionRequest } from '@copilotkit/aimock';
import { Controller, Module } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import {
  agentDefined,
  agentSchema,
  allEvents,
  invokeTool,
  settleAgentTool,
  startAgent,
  toolRegistered,
  type ExecutionEvent,
  type ToolOutcome,
} from '@signalbox/contracts';
import {
  causedBy,
  deriveId,
  digestOf,
  newId,
  SystemClock,
  type DataOf,
  type MessageContext,
  type ReceivedCommand,
} from '@signalbox/kernel';
import {
  JetStreamCommandBus,
  JetStreamEventStore,
  NO_EVENTS,
  OnCommand,
} from '@signalbox/messaging';
import type { RunningService } from '@signalbox/service';
import { eventually, startStandIn, startTestNats, type TestNats } from '@signalbox/testing';
import { start } from '../main.ts';

const BEGINNING = `${'log line\n'.repeat(100)}This is the beginning of 2000000 bytes.`;
const whole = { digest: digestOf('all of it'), bytes: 2_000_000, mediaType: 'application/json' };
/** What the gateway makes of the arguments of the agent's one tool. */
const outcomes: Readonly<Record<string, ToolOutcome>> = {
  all: { status: 'succeeded', result: BEGINNING, whole },
  unfit: {
    status: 'refused',
    clause: 'invalid_arguments',
    message: 'The arguments do not fit: lines must be integer.',
  },
};

let nats: TestNats;
let bus: JetStreamCommandBus;
const invoked: string[] = [];

/** Stands where the tool gateway would. */
@Controller()
class GatewayNats {
  @OnCommand(invokeTool)
  async onInvoke(@Payload() command: ReceivedCommand<DataOf<typeof invokeTool>>) {
    const { callId, executionId, tool, arguments: given } = command.data;
    invoked.push(tool);
    const outcome = outcomes[String(given['what'])];
    if (!outcome) throw new Error('nobody said what becomes of this call');
    await bus.send(settleAgentTool.of({ executionId, callId, outcome }), {
      id: deriveId(callId, 'settle'),
      context: causedBy(command, 'service:tool-gateway'),
    });
  }
}
@Module({ controllers: [GatewayNats] })
class GatewayModule {}

describe('bad input', () => {
  const mock = new LLMock({ port: 0, logLevel: 'silent' });
  const closers: (() => Promise<unknown>)[] = [];
  let store: JetStreamEventStore;

  beforeAll(async () => {
    nats = await startTestNats();
    closers.push(() => nats.stop());
    await mock.start();
    closers.push(() => mock.stop());
    const { connection, env } = nats;
    const common = { connection, env, source: 'spec', clock: new SystemClock() };
    store = new JetStreamEventStore({ ...common, definitions: allEvents });
    bus = new JetStreamCommandBus(common);
    const agent = agentSchema.parse({
      id: 'reader',
      name: 'R',
      role: 'You read.',
      tools: ['read'],
      stepsMax: 3,
    });
    const tool = {
      name: 'read',
      description: '',
      inputSchema: { properties: { lines: { type: 'integer' } } },
      definitionDigest: digestOf('read'),
      approvalRequired: false,
      repeatable: false,
    };
    // As it may have been stored by a release that took more.
    const odd = { ...agent, id: 'odd', inputSchema: { $async: true } };
    for (const one of [agent, odd]) {
      const ref = { aggregate: 'agent', id: one.id };
      await store.append(ref, NO_EVENTS, [agentDefined.of({ agent: one })], contextOf());
    }
    const ref = { aggregate: 'tool', id: tool.name };
    await store.append(ref, NO_EVENTS, [toolRegistered.of(tool)], contextOf());
    const gateway = await startStandIn(nats, 'tool-gateway', GatewayModule);
    closers.push(() => gateway.stop());
    const runner: RunningService = await start({
      SIGNALBOX_NATS_URL: nats.url,
      SIGNALBOX_ENV: env,
      SIGNALBOX_LOG_LEVEL: 'error',
      SIGNALBOX_AGENT_MODEL_BASE_URL: `${mock.url}/v1`,
    });
    closers.push(() => runner.stop());
  });
  beforeEach(() => {
    mock.clearFixtures();
    invoked.length = 0;
  });
  afterAll(async () => {
    for (const close of closers.toReversed()) await close();
  });

  function contextOf(): MessageContext {
    const id = newId();
    return { correlationId: id, causationId: id, actor: 'service:router', epoch: 0 };
  }

  /** The journal of a run whose model uses one tool first, and then says what it was told. */
  async function ran(agent: string, use?: { name: string; arguments: object }) {
    const results = (request: ChatCompletionRequest) =>
      request.messages.filter(({ role }) => role === 'tool');
    if (use) {
      const call = { name: use.name, arguments: JSON.stringify(use.arguments) };
      mock.on({ predicate: (r) => results(r).length === 0 }, { toolCalls: [call] });
    }
    mock.on({ predicate: () => true }, { content: 'That is all I could do.' });
    const signalId = newId();
    const executionId = deriveId(signalId, 'execution');
    const command = startAgent.of({
      agent,
      executionId,
      signalId,
      objective: 'Read.',
      input: {},
      riskLevel: 'low',
      approvalRequired: false,
    });
    await bus.send(command, { id: deriveId(signalId, 'start'), context: contextOf() });
    return eventually(async () => {
      const { events } = await store.read(
        { aggregate: 'execution', id: executionId },
        { fresh: true },
      );
      return (
        /completed|failed/.test(events.at(-1)?.type ?? '') && (events as readonly ExecutionEvent[])
      );
    });
  }

  const settledIn = (journal: readonly ExecutionEvent[]) =>
    journal.flatMap((event) =>
      event.type === 'execution.tool_settled' ? [event.data.outcome] : [],
    );
  /** What the model read of the result of its tool use. */
  const told = () => JSON.stringify(mock.getRequests().at(-1)?.body);

  it('AGT-8: an unknown agent is a run that failed, and says so', async () => {
    expect((await ran('nobody')).at(-1)).toMatchObject({
      type: 'execution.failed',
      data: { reason: 'unknown_target', detail: 'There is no agent nobody.' },
    });
  });

  it('AGT-8: an agent whose input schema nobody can use is a run that failed, and says so', async () => {
    const detail = 'The input schema of the agent odd is not usable: the schema is $async.';
    expect((await ran('odd')).at(-1)).toMatchObject({
      type: 'execution.failed',
      data: { reason: 'invalid_input', detail },
    });
  });

  it('AGT-8: arguments that do not fit are refused, recorded, and told to the model', async () => {
    const journal = await ran('reader', { name: 'read', arguments: { what: 'unfit', lines: 'x' } });
    expect(settledIn(journal)).toEqual([outcomes['unfit']]);
    expect(told()).toContain(
      'refused (invalid_arguments): The arguments do not fit: lines must be integer.',
    );
    expect(journal.at(-1)?.type).toBe('execution.completed');
  });

  it("AGT-8: a tool outside the agent's set is refused before it leaves the runner", async () => {
    const journal = await ran('reader', { name: 'rm', arguments: { what: 'all' } });
    const message = 'There is no tool rm. The closest are read.';
    expect(settledIn(journal)).toEqual([{ status: 'refused', clause: 'unknown_tool', message }]);
    expect(told()).toContain(`refused (unknown_tool): ${message} Nothing was done.`);
    expect(invoked).toEqual([]);
    expect(journal.at(-1)?.type).toBe('execution.completed');
  });

  it('AGT-8: of a result of 2 MB the model reads the beginning, and the journal names the whole', async () => {
    const journal = await ran('reader', { name: 'read', arguments: { what: 'all' } });
    expect(settledIn(journal)).toEqual([outcomes['all']]);
    expect(told()).toContain('This is the beginning of 2000000 bytes.');
    expect(journal.at(-1)?.type).toBe('execution.completed');
  });
});
