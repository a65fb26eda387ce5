import { headers as natsHeaders } from '@nats-io/nats-core';
import { Controller, Module } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import {
  allEvents,
  cancelAgent,
  invokeTool,
  settleAgentApproval,
  settleAgentTool,
  startAgent,
  type ExecutionEvent,
} from '@signalbox/contracts';
import {
  causedBy,
  deriveId,
  newId,
  SystemClock,
  type Command,
  type DataOf,
  type MessageContext,
  type ReceivedCommand,
} from '@signalbox/kernel';
import { JetStreamCommandBus, JetStreamEventStore, OnCommand } from '@signalbox/messaging';
import type { RunningService } from '@signalbox/service';
import { eventually, startStandIn, startTestNats, type TestNats } from '@signalbox/testing';
import { readFileSync } from 'node:fs';
import { start } from '../main.ts';

/**
 * Messages of the audit stream as the release before durable agents wrote them: a tool, an agent,
 * and a run of that agent up to where it waits for a person. Nothing here may be written anew.
 */
const golden = readFileSync(new URL('golden/waits-for-approval.jsonl', import.meta.url), 'utf8');
const RUN = '01M7ZFN7R0NTN2VW2T5JEV8RWT';
const APPROVAL = '01M7ZFN7R0DXMM1TA6C35NDXSD';
const REPAIR = '01M7ZFN7R0VDA63RWSG301JXV4';
const READ = '01M7ZFN7R0GDQK0BV0XRQAVE8N';

const STORED_MS = 30_000;

interface Message {
  readonly subject: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly data: unknown;
}

let nats: TestNats;
let bus: JetStreamCommandBus;
let store: JetStreamEventStore;
let runner: RunningService;
const invoked: DataOf<typeof invokeTool>[] = [];
const closers: (() => Promise<unknown>)[] = [];

/** Stands where the tool gateway would. */
@Controller()
class GatewayNats {
  @OnCommand(invokeTool)
  async onInvoke(@Payload() command: ReceivedCommand<DataOf<typeof invokeTool>>) {
    const { callId, executionId } = command.data;
    invoked.push(command.data);
    const outcome = { status: 'succeeded', result: 'restarted' } as const;
    await bus.send(settleAgentTool.of({ executionId, callId, outcome }), {
      id: deriveId(callId, 'settle'),
      context: causedBy(command, 'service:tool-gateway'),
    });
  }
}
@Module({ controllers: [GatewayNats] })
class GatewayModule {}

beforeAll(async () => {
  nats = await startTestNats();
  const { connection, env } = nats;
  const common = { connection, env, clock: new SystemClock(), source: 'spec' };
  bus = new JetStreamCommandBus(common);
  store = new JetStreamEventStore({ ...common, definitions: allEvents });
  await publish(RUN, 'execution.approval_awaited');
  const gateway = await startStandIn(nats, 'tool-gateway', GatewayModule);
  closers.push(() => gateway.stop());
  runner = await start({
    SIGNALBOX_NATS_URL: nats.url,
    SIGNALBOX_ENV: env,
    SIGNALBOX_LOG_LEVEL: 'error',
  });
  closers.unshift(() => runner.stop());
});
afterAll(async () => {
  for (const close of closers) await close();
  await nats?.stop();
});

/** The run of the golden file under another id, up to the last event of this type. */
async function publish(id: string, last: string): Promise<void> {
  const lines = golden.trim().replaceAll(RUN, id).split('\n');
  const messages = lines.map((line) => JSON.parse(line) as Message);
  const end = messages.findLastIndex(({ headers }) => headers['ce-type'] === last);
  for (const { subject, headers, data } of messages.slice(0, end + 1)) {
    if (id !== RUN && !subject.endsWith(id)) continue;
    const given = natsHeaders();
    for (const [name, value] of Object.entries(headers)) given.set(name, value);
    const there = subject.replace('.default.', `.${nats.env}.`);
    const stored = { headers: given, timeout: STORED_MS };
    const { seq } = (await nats.connection.request(there, JSON.stringify(data), stored)).json<{
      seq?: number;
    }>();
    if (seq === undefined) throw new Error(`${there} was not stored`);
  }
}

async function send(command: Command): Promise<void> {
  const id = newId();
  const context: MessageContext = {
    correlationId: id,
    causationId: id,
    actor: 'person:ops',
    epoch: 0,
  };
  await bus.send(command, { id, context });
}

const eventOf = <Type extends ExecutionEvent['type']>(id: string, type: Type) =>
  eventually(async () => {
    const { events } = await store.read({ aggregate: 'execution', id }, { fresh: true });
    const found = (events as readonly ExecutionEvent[]).findLast((event) => event.type === type);
    return found as Extract<ExecutionEvent, { type: Type }> | undefined;
  });

it('AGT-2: a run that an older release left waiting for a person goes on when one agrees', async () => {
  await send(
    settleAgentApproval.of({ executionId: RUN, approvalId: APPROVAL, outcome: 'granted' }),
  );
  const { data } = await eventOf(RUN, 'execution.completed');
  expect(data.summary).toContain('restarted');
  const call = { callId: REPAIR, approvalId: APPROVAL, caller: 'diagnose_repair' };
  expect(invoked.filter(({ executionId }) => executionId === RUN)).toEqual([
    expect.objectContaining(call),
  ]);
});

it('AGT-2: one that waits for a tool goes on with its answer, another one is cancelled', async () => {
  const [waits, ends] = [newId(), newId()];
  await publish(waits, 'execution.tool_requested');
  await publish(ends, 'execution.tool_requested');
  await send(cancelAgent.of({ executionId: ends, reason: 'the wrong host' }));
  const outcome = {
    status: 'succeeded',
    result: 'Remediation: `restart_service checkout`',
  } as const;
  await send(settleAgentTool.of({ executionId: waits, callId: READ, outcome }));
  await eventOf(waits, 'execution.approval_awaited');
  const { data } = await eventOf(ends, 'execution.failed');
  expect(data).toEqual({ reason: 'cancelled', detail: 'the wrong host' });
});

it('AGT-1: its agents are started as they were defined then', async () => {
  const executionId = newId();
  const begin = { executionId, signalId: newId(), objective: 'Look.', input: {} };
  const risk = { riskLevel: 'low', approvalRequired: false } as const;
  await send(startAgent.of({ ...begin, ...risk, agent: 'diagnose_repair' }));
  const { data } = await eventOf(executionId, 'execution.started');
  expect(data.plan).toMatchObject({
    agentVersion: 1,
    stepsMax: 8,
    agents: [],
    models: [],
    tools: [{ name: 'execute_remediation', approvalRequired: true }],
  });
});
