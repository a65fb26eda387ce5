import { Controller, Module } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import {
  allEvents,
  invokeTool,
  requestApproval,
  settleAgentApproval,
  settleAgentTool,
  startAgent,
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
  type Json,
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

const results: Readonly<Record<string, Json>> = {
  runbooks__search_files: '/runbooks/checkout.md',
  runbooks__read_text_file: 'Remediation: `restart_service checkout`',
  execute_remediation: 'restarted',
};

let nats: TestNats;
let bus: JetStreamCommandBus;
const stored: RecordedEvent<ExecutionEvent>[] = [];
const invoked: string[] = [];
const asked: DataOf<typeof requestApproval>[] = [];

/** Stands where the tool gateway would. */
@Controller()
class GatewayNats {
  @OnCommand(invokeTool)
  async onInvoke(@Payload() command: ReceivedCommand<DataOf<typeof invokeTool>>) {
    const { callId, executionId, tool } = command.data;
    invoked.push(callId);
    const outcome = { status: 'succeeded' as const, result: results[tool] ?? null };
    await bus.send(settleAgentTool.of({ executionId, callId, outcome }), {
      id: deriveId(callId, 'settle'),
      context: causedBy(command, 'service:tool-gateway'),
    });
  }
}
@Module({ controllers: [GatewayNats] })
class GatewayModule {}

/** Stands where the approval service would. */
@Controller()
class ApprovalNats {
  @OnCommand(requestApproval)
  async onRequest(@Payload() { data }: ReceivedCommand<DataOf<typeof requestApproval>>) {
    asked.push(data);
  }
}
@Module({ controllers: [ApprovalNats] })
class ApprovalModule {}

const closers: (() => Promise<unknown>)[] = [];
const env = (instance: string) => ({
  SIGNALBOX_NATS_URL: nats.url,
  SIGNALBOX_ENV: nats.env,
  SIGNALBOX_LOG_LEVEL: 'error',
  SIGNALBOX_INSTANCE: instance,
});

beforeAll(async () => {
  nats = await startTestNats();
  const clock = new SystemClock();
  const common = { connection: nats.connection, env: nats.env, clock, definitions: allEvents };
  bus = new JetStreamCommandBus({ ...common, source: 'service:spec' });
  const store = new JetStreamEventStore({ ...common, source: 'service:spec' });
  for (const name of Object.keys(results)) {
    const event = toolRegistered.of({
      name,
      description: name,
      inputSchema: {},
      definitionDigest: digestOf(name),
      approvalRequired: name === 'execute_remediation',
      repeatable: false,
    });
    await store.append({ aggregate: 'tool', id: name }, NO_EVENTS, [event], contextOf());
  }
  await new JetStreamEventFeed(common).follow({
    aggregates: ['execution'],
    after: 0,
    handle: (events) => void stored.push(...(events as readonly (typeof stored)[number][])),
  });
  const gateway = await startStandIn(nats, 'tool-gateway', GatewayModule);
  closers.push(() => gateway.stop());
  const approval = await startStandIn(nats, 'approval', ApprovalModule);
  closers.push(() => approval.stop());
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
  const command = startAgent.of({
    agent: 'diagnose_repair',
    executionId,
    signalId,
    objective: 'Repair checkout.',
    input: { labels: { service: 'checkout' } },
    riskLevel: 'medium',
    approvalRequired: false,
  });
  await bus.send(command, { id: deriveId(signalId, 'start'), context: contextOf() });
  return executionId;
}

async function grant(executionId: string): Promise<void> {
  await eventually(() => asked.some((request) => request.executionId === executionId));
  const { approvalId = '' } = asked.find((request) => request.executionId === executionId) ?? {};
  await bus.send(settleAgentApproval.of({ executionId, approvalId, outcome: 'granted' }), {
    id: deriveId(approvalId, 'settle'),
    context: contextOf(),
  });
}

const journal = (executionId: string) =>
  stored.filter(({ record }) => record.aggregateId === executionId);
const ended = (executionId: string) =>
  journal(executionId).filter(({ type }) => /completed|failed|rejected|halted/.test(type));

it('AGT-2: a run goes on in another process than the one that began it', async () => {
  const first: RunningService = await start(env('first'));
  const executionId = await begin();
  await eventually(() => asked.some((request) => request.executionId === executionId));
  await first.stop();
  await grant(executionId);
  const second: RunningService = await start(env('second'));
  await eventually(() => ended(executionId).length > 0);
  await second.stop();

  expect(ended(executionId)).toMatchObject([
    { type: 'execution.completed', data: { summary: expect.stringContaining('restarted') } },
  ]);
  const runners = journal(executionId).flatMap((event) =>
    event.type === 'execution.activated' ? [event.data.runner.split('/')[0]] : [],
  );
  expect(new Set(runners)).toEqual(new Set(['first', 'second']));
});

it('AGT-2: two replicas carry many runs, each to one end, with its three calls and no others', async () => {
  const replicas = [await start(env('a')), await start(env('b'))];
  const before = invoked.length;
  const runs = await Promise.all(Array.from({ length: 40 }, begin));
  await Promise.all(runs.map(grant));
  await eventually(() => runs.every((id) => ended(id).length > 0));
  await Promise.all(replicas.map((replica) => replica.stop()));
  expect(runs.map((id) => ended(id).map(({ type }) => type))).toEqual(
    runs.map(() => ['execution.completed']),
  );
  expect(new Set(invoked.slice(before)).size).toBe(runs.length * 3);
});
