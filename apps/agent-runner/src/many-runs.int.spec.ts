import { Controller, Module } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import {
  agentDefined,
  agentSchema,
  allEvents,
  executionCompleted,
  invokeTool,
  settleAgentTool,
  startAgent,
  toolRegistered,
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
  JetStreamEventFeed,
  JetStreamEventStore,
  NO_EVENTS,
  OnCommand,
} from '@signalbox/messaging';
import {
  eventually,
  listenLocally,
  startStandIn,
  startTestNats,
  type TestNats,
} from '@signalbox/testing';
import { createServer, type Server } from 'node:http';
import { start } from './main.ts';

/** A thousand take a minute and more on a busy machine: `npm run bench -- agent-steps` has them. */
const RUNS = 100;
const STEPS = 10;
const LIMIT_MS = 300_000;

let bus: JetStreamCommandBus;
const calls = new Map<string, number>();

/** Stands where the tool gateway would; its tool takes no time. */
@Controller()
class GatewayNats {
  @OnCommand(invokeTool)
  async onInvoke(@Payload() command: ReceivedCommand<DataOf<typeof invokeTool>>) {
    const { callId, executionId } = command.data;
    calls.set(callId, (calls.get(callId) ?? 0) + 1);
    const outcome = { status: 'succeeded' as const, result: 'x'.repeat(1_000) };
    await bus.send(settleAgentTool.of({ executionId, callId, outcome }), {
      id: deriveId(callId, 'settle'),
      context: causedBy(command, 'service:tool-gateway'),
    });
  }
}
@Module({ controllers: [GatewayNats] })
class GatewayModule {}

/** Wants the tool until it has had it in every step. */
function instantModel(): Server {
  const use = {
    index: 0,
    id: 'call',
    type: 'function',
    function: { name: 'look', arguments: '{}' },
  };
  return createServer((request, response) => {
    let body = '';
    request.on('data', (piece: Buffer) => (body += piece.toString()));
    request.on('end', () => {
      const isDone = body.split('"role":"tool"').length > STEPS;
      const delta = isDone ? { content: 'Done.' } : { tool_calls: [use] };
      const choices = [{ index: 0, delta, finish_reason: isDone ? 'stop' : 'tool_calls' }];
      const usage = { prompt_tokens: 1, completion_tokens: 1 };
      const chunk = JSON.stringify({ model: 'instant', choices, usage });
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(`data: ${chunk}\n\ndata: [DONE]\n\n`);
    });
  });
}

const contextOf = (): MessageContext => {
  const id = newId();
  return { correlationId: id, causationId: id, actor: 'service:router', epoch: 0 };
};

function startOf(signalId: string) {
  return startAgent.of({
    agent: 'looker',
    executionId: deriveId(signalId, 'execution'),
    signalId,
    objective: 'Look.',
    input: {},
    riskLevel: 'low',
    approvalRequired: false,
  });
}

async function define({ connection, env }: TestNats): Promise<void> {
  const clock = new SystemClock();
  const store = new JetStreamEventStore({
    connection,
    env,
    clock,
    source: 'spec',
    definitions: allEvents,
  });
  const agent = agentSchema.parse({
    id: 'looker',
    name: 'L',
    role: 'You look.',
    tools: ['look'],
    stepsMax: STEPS + 1,
  });
  const tool = toolRegistered.of({
    name: 'look',
    description: 'Looks.',
    inputSchema: {},
    definitionDigest: digestOf('look'),
    approvalRequired: false,
    repeatable: false,
  });
  const ref = { aggregate: 'agent', id: agent.id };
  await store.append(ref, NO_EVENTS, [agentDefined.of({ agent })], contextOf());
  await store.append({ aggregate: 'tool', id: 'look' }, NO_EVENTS, [tool], contextOf());
}

it(
  `AGT-8: one process carries ${RUNS} runs of ${STEPS} steps at once, and more than it has slots for`,
  async () => {
    const nats = await startTestNats();
    const { connection, env } = nats;
    const model = await listenLocally(instantModel());
    await define(nats);
    bus = new JetStreamCommandBus({ connection, env, source: 'spec', clock: new SystemClock() });
    const completed = new Set<string>();
    await new JetStreamEventFeed({ connection, env, definitions: allEvents }).follow({
      aggregates: ['execution'],
      after: 0,
      handle: (events) => {
        for (const { type, record } of events) {
          if (type === executionCompleted.type) completed.add(record.aggregateId);
        }
      },
    });
    const gateway = await startStandIn(nats, 'tool-gateway', GatewayModule);
    const runner = await start({
      SIGNALBOX_NATS_URL: nats.url,
      SIGNALBOX_ENV: env,
      SIGNALBOX_LOG_LEVEL: 'error',
      SIGNALBOX_AGENT_MODEL_BASE_URL: `${model.origin}/v1`,
      SIGNALBOX_AGENT_SLOTS: `${RUNS / 4}`,
    });
    const signals = Array.from({ length: RUNS }, () => newId());
    await Promise.all(
      signals.map((id) =>
        bus.send(startOf(id), { id: deriveId(id, 'start'), context: contextOf() }),
      ),
    );
    await eventually(() => completed.size === RUNS, LIMIT_MS, 'all runs are completed');
    expect(calls.size).toBe(RUNS * STEPS);
    expect([...calls.values()].every((times) => times === 1)).toBe(true);
    await runner.stop();
    await gateway.stop();
    await nats.stop();
    await model.stop();
  },
  LIMIT_MS + 20_000,
);
