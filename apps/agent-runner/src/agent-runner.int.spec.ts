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
  send_notification: { configured: true, channel: 'oncall' },
};
/** A service whose runbook names no remediation. */
/** For forty runs, on a machine with other things to do. */
const RUNS_MAX_MS = 150_000;
const BILLING = 'billing';
const billing: Readonly<Record<string, Json>> = {
  runbooks__search_files: '/runbooks/billing.md',
  runbooks__read_text_file: 'Never restart it. Page the owner.',
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
    const { callId, executionId, tool, arguments: given } = command.data;
    invoked.push(callId);
    const isAboutBilling = JSON.stringify(given).includes(BILLING);
    const result = (isAboutBilling ? billing[tool] : undefined) ?? results[tool] ?? null;
    const outcome = { status: 'succeeded' as const, result };
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

/** @param service each its own, so that no run waits for another one's lease. */
async function begin(service = `checkout-${newId()}`): Promise<string> {
  const signalId = newId();
  const executionId = deriveId(signalId, 'execution');
  const command = startAgent.of({
    agent: 'diagnose_repair',
    executionId,
    signalId,
    objective: 'Repair checkout.',
    input: { labels: { service } },
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
  const runs = await Promise.all(Array.from({ length: 40 }, () => begin()));
  await Promise.all(runs.map(grant));
  await eventually(() => runs.every((id) => ended(id).length > 0), RUNS_MAX_MS);
  await Promise.all(replicas.map((replica) => replica.stop()));
  expect(runs.map((id) => ended(id).map(({ type }) => type))).toEqual(
    runs.map(() => ['execution.completed']),
  );
  expect(new Set(invoked.slice(before)).size).toBe(runs.length * 3);
});

it('AGT-3: what it may not repair it hands to an agent that tells people, a run of its own', async () => {
  const replica = await start(env('alone'));
  const executionId = await begin(BILLING);
  await eventually(() => ended(executionId).length > 0);
  await replica.stop();
  const use = journal(executionId).find(
    (event) =>
      event.type === 'execution.tool_requested' && event.data.use.tool === 'agent__escalate',
  );
  if (use?.type !== 'execution.tool_requested') throw new Error('nothing was handed over');
  const { callId } = use.data.use;
  const child = stored.find(
    (event) => event.type === 'execution.started' && event.data.parent?.callId === callId,
  );
  const childId = child?.record.aggregateId ?? '';
  expect(child?.data).toMatchObject({
    plan: { agent: 'escalate' },
    parent: { executionId, depth: 1 },
    objective: expect.stringContaining('Page the owner'),
  });
  const told = expect.stringMatching(/I told people.*oncall/s);
  expect(ended(childId)).toMatchObject([{ data: { summary: told } }]);
  expect(ended(executionId)).toMatchObject([
    { type: 'execution.completed', data: { summary: told } },
  ]);
});
