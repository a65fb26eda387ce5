import { Controller, Module } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import {
  allEvents,
  invokeTool,
  settleWorkflowTool,
  startWorkflow,
  toolRegistered,
  type ExecutionEvent,
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
  type RecordedEvent,
} from '@signalbox/kernel';
import {
  JetStreamCommandBus,
  JetStreamEventFeed,
  JetStreamEventStore,
  NO_EVENTS,
  OnCommand,
} from '@signalbox/messaging';
import type { RunningService } from '@signalbox/service';
import { eventually, startStandIn, startTestNats, type TestNats } from '@signalbox/testing';
import { start } from './main.ts';

const TOOL = 'execute_remediation';

let nats: TestNats;
let bus: JetStreamCommandBus;
const stored: RecordedEvent<ExecutionEvent>[] = [];
const invoked: unknown[] = [];

/** Stands where the tool gateway would. */
@Controller()
class GatewayNats {
  @OnCommand(invokeTool)
  async onInvoke(@Payload() command: ReceivedCommand<DataOf<typeof invokeTool>>) {
    const { callId, executionId, arguments: given } = command.data;
    invoked.push(given['command']);
    const outcome = { status: 'succeeded' as const, result: null };
    await bus.send(settleWorkflowTool.of({ executionId, callId, outcome }), {
      id: deriveId(callId, 'settle'),
      context: causedBy(command, 'service:tool-gateway'),
    });
  }
}
@Module({ controllers: [GatewayNats] })
class GatewayModule {}

const closers: (() => Promise<unknown>)[] = [];
const env = () => ({
  SIGNALBOX_NATS_URL: nats.url,
  SIGNALBOX_ENV: nats.env,
  SIGNALBOX_LOG_LEVEL: 'error',
});

beforeAll(async () => {
  nats = await startTestNats();
  const clock = new SystemClock();
  const common = { connection: nats.connection, env: nats.env, clock, definitions: allEvents };
  bus = new JetStreamCommandBus({ ...common, source: 'service:spec' });
  const store = new JetStreamEventStore({ ...common, source: 'service:spec' });
  const event = toolRegistered.of({
    name: TOOL,
    description: TOOL,
    inputSchema: {},
    definitionDigest: digestOf(TOOL),
    approvalRequired: false,
    repeatable: false,
  });
  await store.append({ aggregate: 'tool', id: TOOL }, NO_EVENTS, [event], contextOf());
  await new JetStreamEventFeed(common).follow({
    aggregates: ['execution'],
    after: 0,
    handle: (events) => void stored.push(...(events as readonly (typeof stored)[number][])),
  });
  const gateway = await startStandIn(nats, 'tool-gateway', GatewayModule);
  closers.push(() => gateway.stop());
});

afterAll(async () => {
  for (const close of closers) await close();
  await nats?.stop();
});

function contextOf(): MessageContext {
  const id = newId();
  return { correlationId: id, causationId: id, actor: 'service:router', epoch: 0 };
}

async function begin(): Promise<string> {
  const signalId = newId();
  const executionId = deriveId(signalId, 'execution');
  const command = startWorkflow.of({
    workflow: 'restart_service',
    executionId,
    signalId,
    objective: 'Restart checkout.',
    input: { labels: { service: 'checkout' } },
    riskLevel: 'low',
    approvalRequired: false,
  });
  await bus.send(command, { id: deriveId(signalId, 'start'), context: contextOf() });
  return executionId;
}

it('AUT-2: runs a workflow through the gateway, over a restart of its service', async () => {
  const first: RunningService = await start(env());
  const executionId = await begin();
  await eventually(() => invoked.length > 0);
  await first.stop();
  const second: RunningService = await start(env());
  const last = () => stored.findLast(({ record }) => record.aggregateId === executionId);
  await eventually(() => last()?.type === 'execution.completed');
  await second.stop();
  expect(invoked).toEqual([
    'drain_instance',
    'restart_instance',
    'verify_health',
    'resume_traffic',
  ]);
});
