import {
  allEvents,
  invokeTool,
  requestApproval,
  toolRegistered,
  workflowDefined,
  type ExecutionEvent,
  type startWorkflow,
  type ToolOutcome,
} from '@signalbox/contracts';
import {
  DefinitionCatalogue,
  ExecutionRunner,
  type Control,
  type ExecutionCommand,
} from '@signalbox/executions';
import { digestOf, newId, SystemClock, type DataOf, type ReceivedCommand } from '@signalbox/kernel';
import { NO_EVENTS } from '@signalbox/messaging';
import {
  InMemoryEventFeed,
  InMemoryEventStore,
  RecordingCommandBus,
  RecordingTimers,
  specContext,
} from '@signalbox/testing';
import { defaultWorkflows } from '../workflow/default-workflows.ts';
import { StartWorkflowHandler } from './start-workflow.handler.ts';
import { planWorkflow } from './workflow.planner.ts';

const executionId = newId();
const start: DataOf<typeof startWorkflow> = {
  workflow: 'restart_service',
  executionId,
  signalId: newId(),
  objective: 'Restart checkout',
  input: { labels: { service: 'checkout' } },
  riskLevel: 'low',
  approvalRequired: false,
};
const running: Control = {
  epoch: specContext.epoch,
  state: () => 'running',
  assertRunning: () => undefined,
  onHalt: () => () => undefined,
};
const received = <Data>(data: Data): ReceivedCommand<Data> => ({
  ...specContext,
  id: newId(),
  data,
  deliveries: 1,
});

async function setUp({ tool = true, approvalRequired = false } = {}) {
  const store = new InMemoryEventStore({ definitions: allEvents });
  for (const workflow of defaultWorkflows) {
    const ref = { aggregate: 'workflow', id: workflow.id };
    await store.append(ref, NO_EVENTS, [workflowDefined.of({ workflow })], specContext);
  }
  const name = 'execute_remediation';
  const registered = toolRegistered.of({
    name,
    description: '',
    inputSchema: {},
    definitionDigest: digestOf(name),
    approvalRequired,
    repeatable: false,
  });
  if (tool)
    await store.append({ aggregate: 'tool', id: name }, NO_EVENTS, [registered], specContext);
  const catalogue = new DefinitionCatalogue();
  await catalogue.follow(new InMemoryEventFeed(store.log, allEvents));
  const bus = new RecordingCommandBus();
  const runner = new ExecutionRunner({
    owner: 'automation',
    instance: 'replica',
    store,
    bus,
    timers: new RecordingTimers(),
    clock: new SystemClock(),
    control: running,
    planner: planWorkflow,
  });
  const handler = new StartWorkflowHandler(runner, catalogue);
  return {
    bus,
    begin: (changes: Partial<typeof start> = {}) =>
      handler.handle(received({ ...start, ...changes })),
    tell: (command: ExecutionCommand) => runner.handle(executionId, command, received(null)),
    settle: (outcome: ToolOutcome) => {
      const callId = bus.sentOf(invokeTool).at(-1)?.callId ?? '';
      const command: ExecutionCommand = { type: 'settle_tool', executionId, callId, outcome };
      return runner.handle(executionId, command, received(null));
    },
    last: async () => {
      const { events } = await store.read({ aggregate: 'execution', id: executionId });
      return events.at(-1) as unknown as ExecutionEvent;
    },
  };
}
const ok: ToolOutcome = { status: 'succeeded', result: null };

it('AUT-2: runs its steps in order through the gateway, each after the one before', async () => {
  const { begin, bus, last, settle } = await setUp();
  await begin();
  for (let done = 1; done <= 4; done++) {
    expect(bus.sentOf(invokeTool)).toHaveLength(done);
    await settle(ok);
  }
  expect(bus.sentOf(invokeTool).map((call) => call.arguments)).toEqual([
    { command: 'drain_instance', target: 'checkout' },
    { command: 'restart_instance', target: 'checkout' },
    { command: 'verify_health', target: 'checkout' },
    { command: 'resume_traffic', target: 'checkout' },
  ]);
  expect(bus.sentOf(invokeTool)[0]).toMatchObject({
    caller: 'restart_service',
    replyTo: 'automation',
    executionId,
  });
  expect(await last()).toMatchObject({
    type: 'execution.completed',
    data: { summary: 'All 4 steps of restart_service were carried out.' },
  });
});

it.each([
  [{ status: 'failed', code: 'exit_1', message: 'exit code 1' }, 'failed: exit code 1'],
  [{ status: 'refused', clause: 'not_allowed', message: 'no' }, 'refused: no'],
] as const)('a step that did not succeed fails the run: %j', async (outcome, text) => {
  const { begin, bus, last, settle } = await setUp();
  await begin();
  await settle(ok);
  await settle(outcome);
  expect(await last()).toMatchObject({
    type: 'execution.failed',
    data: { reason: 'tool_failed', detail: `Step 2, restart_instance: ${text}` },
  });
  expect(bus.sentOf(invokeTool)).toHaveLength(2);
});

it('AUT-1: a label that is missing fails the run before its first step', async () => {
  const { begin, bus, last } = await setUp();
  await begin({ input: { labels: { region: 'eu-1' } } });
  expect(await last()).toMatchObject({
    type: 'execution.failed',
    data: {
      reason: 'invalid_input',
      detail: '{{service}} is no label of the signal; its labels: region.',
    },
  });
  expect(bus.attempts).toEqual([]);
});

it('a step that needs it waits for a person, and goes on with the grant', async () => {
  const { begin, bus, tell } = await setUp({ approvalRequired: true });
  await begin();
  const [asked] = bus.sentOf(requestApproval);
  expect(asked).toMatchObject({
    replyTo: 'automation',
    action: { kind: 'tool', arguments: { command: 'drain_instance', target: 'checkout' } },
  });
  expect(bus.sentOf(invokeTool)).toEqual([]);
  const approvalId = asked?.approvalId ?? '';
  await tell({ type: 'settle_approval', executionId, approvalId, outcome: 'granted' });
  expect(bus.sentOf(invokeTool)).toMatchObject([{ approvalId }]);
});

it('a tool that nobody offers fails its step', async () => {
  const { begin, last } = await setUp({ tool: false });
  await begin();
  expect(await last()).toMatchObject({
    type: 'execution.failed',
    data: { detail: expect.stringContaining('There is no tool execute_remediation.') },
  });
});

it('records a run of an unknown workflow, and why it ended', async () => {
  const { begin, last } = await setUp();
  await begin({ workflow: 'nothing' });
  expect(await last()).toMatchObject({
    type: 'execution.failed',
    data: { reason: 'unknown_target', detail: 'There is no workflow nothing.' },
  });
});

it('AGT-3: a run that is cancelled uses no further tool', async () => {
  const { begin, bus, last, settle, tell } = await setUp();
  await begin();
  await tell({ type: 'cancel', executionId, reason: 'the wrong service' });
  await settle(ok);
  expect(await last()).toMatchObject({
    type: 'execution.failed',
    data: { reason: 'cancelled', detail: 'the wrong service' },
  });
  expect(bus.sentOf(invokeTool)).toHaveLength(1);
});
