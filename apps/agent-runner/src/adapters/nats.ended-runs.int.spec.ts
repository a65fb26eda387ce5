import { agentDefined, agentSchema, allEvents, startAgent } from '@signalbox/contracts';
import { type Control, ExecutionRunner } from '@signalbox/executions';
import { deriveId, newId, SystemClock } from '@signalbox/kernel';
import {
  JetStreamCommandBus,
  JetStreamEventStore,
  JetStreamTimers,
  NO_EVENTS,
} from '@signalbox/messaging';
import type { RunningService } from '@signalbox/service';
import {
  eventually,
  listenLocally,
  specContext,
  startTestNats,
  type LocalServer,
  type TestNats,
} from '@signalbox/testing';
import { createServer } from 'node:http';
import { planAgent } from '../execution/agent.planner.ts';
import { start } from '../main.ts';
import { NatsEndedRuns } from './nats.ended-runs.ts';

const context = { ...specContext, epoch: 0 };
const control: Control = {
  epoch: 0,
  state: () => 'running',
  assertRunning: () => undefined,
  onHalt: () => () => undefined,
};

/** Far below the time after which the replica would give up by itself. */
const LIMIT_MS = 40_000;

/** A model that never answers. */
const model = { asked: 0, left: 0 };
const server = createServer((_request, response) => {
  model.asked++;
  response.on('close', () => model.left++);
});
let silent: LocalServer;
let nats: TestNats;
let replica: RunningService;

beforeAll(async () => {
  nats = await startTestNats();
  silent = await listenLocally(server);
  replica = await start({
    SIGNALBOX_NATS_URL: nats.url,
    SIGNALBOX_ENV: nats.env,
    SIGNALBOX_LOG_LEVEL: 'error',
    SIGNALBOX_AGENT_MODEL: 'silent',
    SIGNALBOX_AGENT_MODEL_BASE_URL: `${silent.origin}/v1`,
  });
});
afterAll(async () => {
  await replica?.stop();
  await silent?.stop();
  await nats?.stop();
});

it('AGT-3: a cancel on one replica gives up the model call that another one has under way', async () => {
  const { connection, env } = nats;
  const clock = new SystemClock();
  const common = { connection, env, clock, source: 'service:spec' };
  const store = new JetStreamEventStore({ ...common, definitions: allEvents });
  const bus = new JetStreamCommandBus(common);
  const told = { id: 'asker', name: 'Asker', role: 'You ask.', tools: [], stepsMax: 2 };
  const defined = agentDefined.of({ agent: agentSchema.parse(told) });
  await store.append({ aggregate: 'agent', id: 'asker' }, NO_EVENTS, [defined], context);
  const executionId = newId();
  const begin = startAgent.of({
    agent: 'asker',
    executionId,
    signalId: newId(),
    objective: 'Ask.',
    input: {},
    riskLevel: 'low',
    approvalRequired: false,
  });
  await bus.send(begin, { id: deriveId(executionId, 'start'), context });
  await eventually(() => model.asked === 1);

  const other = new ExecutionRunner({
    owner: 'agent-runner',
    instance: 'other',
    store,
    bus,
    clock,
    control,
    timers: new JetStreamTimers(common),
    planner: planAgent,
    ended: new NatsEndedRuns(connection, env),
  });
  const cancel = { type: 'cancel', executionId, reason: 'no more' } as const;
  await other.handle(executionId, cancel, { ...context, id: newId(), deliveries: 1, data: {} });
  await eventually(() => model.left === 1, LIMIT_MS);
  const last = await store.last({ aggregate: 'execution', id: executionId });
  expect(last?.data).toEqual({ reason: 'cancelled', detail: 'no more' });
  expect(model.asked).toBe(1);
});
