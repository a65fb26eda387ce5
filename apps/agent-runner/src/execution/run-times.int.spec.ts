import {
  agentDefined,
  allEvents,
  cancelAgent,
  startAgent,
  toolRegistered,
  type ExecutionEvent,
} from '@signalbox/contracts';
import { deriveId, digestOf, newId, SystemClock, type RecordedEvent } from '@signalbox/kernel';
import { JetStreamCommandBus, JetStreamEventStore, NO_EVENTS } from '@signalbox/messaging';
import type { RunningService } from '@signalbox/service';
import { eventually, specContext, startTestNats, type TestNats } from '@signalbox/testing';
import { defaultAgents } from '../agent/default-agents.ts';
import { start } from '../main.ts';

const TOOL = 'runbooks__search_files';
/** Until then the run has asked for a tool, on a machine with other things to do. */
const DEADLINE_MS = 8_000;
/** By how much the server's timer and the service may be late. */
const LATE_MAX_MS = 30_000;
const [agent] = defaultAgents;
if (!agent) throw new Error('there is no agent');

let nats: TestNats;
let bus: JetStreamCommandBus;
let store: JetStreamEventStore;
let service: RunningService;

/** Nobody answers the tool calls: no gateway is there. */
beforeAll(async () => {
  nats = await startTestNats();
  const common = { connection: nats.connection, env: nats.env, clock: new SystemClock() };
  bus = new JetStreamCommandBus({ ...common, source: 'service:spec' });
  store = new JetStreamEventStore({ ...common, definitions: allEvents, source: 'service:spec' });
  const tool = toolRegistered.of({
    name: TOOL,
    description: '',
    inputSchema: {},
    definitionDigest: digestOf(TOOL),
    approvalRequired: false,
    repeatable: true,
  });
  await store.append({ aggregate: 'tool', id: TOOL }, NO_EVENTS, [tool], specContext);
  const hasty = { ...agent, id: 'hasty', deadlineMs: DEADLINE_MS };
  for (const defined of [hasty, { ...hasty, id: 'patient', deadlineMs: 3_600_000 }]) {
    const ref = { aggregate: 'agent', id: defined.id };
    await store.append(ref, NO_EVENTS, [agentDefined.of({ agent: defined })], specContext);
  }
  service = await start({
    SIGNALBOX_NATS_URL: nats.url,
    SIGNALBOX_ENV: nats.env,
    SIGNALBOX_LOG_LEVEL: 'error',
    SIGNALBOX_INSTANCE: 'replica',
  });
});

afterAll(async () => {
  await service?.stop();
  await nats?.stop();
});

async function begin(id: string): Promise<string> {
  const executionId = newId();
  const command = startAgent.of({
    agent: id,
    executionId,
    signalId: newId(),
    objective: 'Repair checkout.',
    input: { labels: { service: `checkout-${id}` } },
    riskLevel: 'low',
    approvalRequired: false,
  });
  const context = { ...specContext, epoch: 0 };
  await bus.send(command, { id: deriveId(executionId, 'start'), context });
  return executionId;
}

async function last(executionId: string): Promise<RecordedEvent<ExecutionEvent> | undefined> {
  return (await store.last({ aggregate: 'execution', id: executionId })) as
    RecordedEvent<ExecutionEvent> | undefined;
}

it('AGT-3: the server wakes a run at its deadline, whatever it waits for', async () => {
  const executionId = await begin('hasty');
  await eventually(async () => (await last(executionId))?.type === 'execution.failed');
  const { events } = await store.read({ aggregate: 'execution', id: executionId });
  expect(events.map(({ type }) => type)).toContain('execution.tool_requested');
  const end = await last(executionId);
  expect(end?.data).toMatchObject({ reason: 'deadline' });
  const begun = events[0]?.record.time.getTime() ?? 0;
  // The server schedules by the second, and the clocks of a test are one.
  expect((end?.record.time.getTime() ?? 0) - begun).toBeLessThan(DEADLINE_MS + LATE_MAX_MS);
});

it('AGT-3: a run is cancelled by command, once, and one that never was is missing', async () => {
  const executionId = await begin('patient');
  await eventually(async () => (await last(executionId))?.type === 'execution.tool_requested');
  const cancel = (of: string) =>
    bus.request(cancelAgent.of({ executionId: of, reason: 'not this one' }), {
      id: newId(),
      context: { ...specContext, epoch: 0, actor: 'person:ann' },
      waitMs: 30_000,
    });
  await cancel(executionId);
  await cancel(executionId);
  const end = await last(executionId);
  expect(end?.data).toEqual({ reason: 'cancelled', detail: 'not this one' });
  expect(end?.record.actor).toBe('person:ann');
  await expect(cancel(newId())).rejects.toMatchObject({ code: 'execution_not_found' });
});
