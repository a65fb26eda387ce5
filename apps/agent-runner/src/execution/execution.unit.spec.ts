import {
  agentDefined,
  allEvents,
  invokeTool,
  requestApproval,
  settleAgentApproval,
  settleAgentTool,
  startAgent,
  toolRegistered,
  type ExecutionEvent,
  type ToolInvocation,
  type ToolOutcome,
} from '@signalbox/contracts';
import {
  DefinitionCatalogue,
  ExecutionRunner,
  type Control,
  type ExecutionCommand,
} from '@signalbox/executions';
import {
  AppError,
  canonicalJson,
  Clock,
  deriveId,
  digestOf,
  newId,
  type Command,
  type DataOf,
  type Json,
  type RecordedEvent,
} from '@signalbox/kernel';
import {
  CommandBus,
  EVENT_BYTES_MAX,
  EventStore,
  isSuperseded,
  NO_EVENTS,
  type SendOptions,
} from '@signalbox/messaging';
import { ModelPort, type ModelAnswer } from '@signalbox/models';
import {
  InMemoryEventFeed,
  InMemoryEventStore,
  RecordingTimers,
  specContext,
} from '@signalbox/testing';
import * as fc from 'fast-check';
import { defaultAgents } from '../agent/default-agents.ts';
import { OfflinePlannerModel } from '../models/offline-planner.model.ts';
import { agentModelOf } from './agent-model.fixture.spec.ts';
import { planAgent } from './agent.planner.ts';
import { StartAgentHandler } from './start-agent.handler.ts';

const signalId = newId();
const executionId = deriveId(signalId, 'execution');
const start: DataOf<typeof startAgent> = {
  agent: 'diagnose_repair',
  executionId,
  signalId,
  objective: 'Find out why checkout is slow and repair it.',
  input: { title: 'Checkout p99 latency above 2 s', labels: { service: 'checkout' } },
  riskLevel: 'medium',
  approvalRequired: false,
};

const results: Readonly<Record<string, Json>> = {
  runbooks__search_files: '/runbooks/checkout.md',
  runbooks__read_text_file: 'Remediation: `restart_service checkout`',
  execute_remediation: 'restarted',
};
const endings = ['completed', 'failed', 'rejected', 'halted'].map((end) => `execution.${end}`);

/** Twenty-five runs of hundreds of steps, on a machine that may be busy. */
const PROPERTY_WITHIN_MS = 30_000;

/** Called before and after everything that leaves the process; it may throw: a crash. */
type Fault = (what: string) => void;
const crash = () => new AppError({ code: 'crashed', kind: 'unavailable', message: 'crash' });

class FaultyStore extends EventStore {
  constructor(
    private readonly inner: EventStore,
    private readonly fault: Fault,
  ) {
    super();
  }
  override read(...args: Parameters<EventStore['read']>) {
    return this.inner.read(...args);
  }
  override last(...args: Parameters<EventStore['last']>) {
    return this.inner.last(...args);
  }
  override async append(...args: Parameters<EventStore['append']>) {
    this.fault('before append');
    const history = await this.inner.append(...args);
    this.fault('after append');
    return history;
  }
}

/** The kill switch as one process sees it. */
class SwitchedControl implements Control {
  epoch = 0;
  now: 'running' | 'halted' | 'unknown' = 'running';
  readonly listeners = new Set<() => void>();

  state() {
    return this.now;
  }
  assertRunning(): void {
    if (this.now === 'running') return;
    throw new AppError({ code: 'control_unknown', kind: 'unavailable', message: '' });
  }
  onHalt(listener: () => void) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
  halt(): void {
    this.now = 'halted';
    this.epoch = 1000;
    for (const listener of this.listeners) listener();
  }
}

class SetClock extends Clock {
  time = new Date('2026-11-21T10:00:00.000Z');
  now(): Date {
    return this.time;
  }
}

interface Queued {
  readonly command: Command;
  readonly options: SendOptions;
  deliveries: number;
}

/** The rest of the platform: a work queue, a gateway, and a person, all of the simplest kind. */
class Platform extends CommandBus {
  readonly queue: Queued[] = [];
  /** Left to the server's ack wait. */
  readonly unsettled: Queued[] = [];
  readonly everSent: { command: Command; options: SendOptions }[] = [];
  /** Times that a call took effect, by its id. */
  readonly effects = new Map<string, number>();
  readonly clock = new SetClock();
  readonly timers = new RecordingTimers();
  readonly store = new InMemoryEventStore({ definitions: allEvents, clock: this.clock });
  fault: Fault = () => undefined;
  copies = () => 1;
  outcomeOf = ({ tool }: ToolInvocation): ToolOutcome => ({
    status: 'succeeded',
    result: results[tool] ?? null,
  });
  verdict: 'granted' | 'rejected' | 'expired' = 'granted';
  model: ModelPort = new OfflinePlannerModel();
  /** Of the process that took the last message. */
  runner: ExecutionRunner | undefined;
  private readonly catalogue = new DefinitionCatalogue();
  private readonly known = new Set<string>();

  readonly control = new SwitchedControl();

  static async start(): Promise<Platform> {
    const platform = new Platform();
    const { store } = platform;
    for (const agent of defaultAgents) {
      const ref = { aggregate: 'agent', id: agent.id };
      await store.append(ref, NO_EVENTS, [agentDefined.of({ agent })], specContext);
    }
    for (const name of Object.keys(results)) {
      const event = toolRegistered.of({
        name,
        description: name,
        inputSchema: {},
        definitionDigest: digestOf(name),
        approvalRequired: name === 'execute_remediation',
        repeatable: false,
      });
      await store.append({ aggregate: 'tool', id: name }, NO_EVENTS, [event], specContext);
    }
    await platform.catalogue.follow(new InMemoryEventFeed(store.log, allEvents));
    return platform;
  }

  override async send(command: Command, options: SendOptions): Promise<void> {
    this.fault('before send');
    this.everSent.push({ command, options });
    if (!this.known.has(options.id)) {
      this.known.add(options.id);
      const copies = Array.from({ length: this.copies() }, () => ({
        command,
        options,
        deliveries: 0,
      }));
      this.queue.push(...copies);
    }
    this.fault('after send');
  }

  override request(): Promise<Json> {
    throw new Error('nobody asks and waits here');
  }

  begin(changes: Partial<typeof start> = {}): Promise<void> {
    const context = { ...specContext, correlationId: signalId, epoch: 0 };
    return this.send(startAgent.of({ ...start, ...changes }), {
      id: deriveId(signalId, 'start'),
      context,
    });
  }

  /** Takes a message off the queue and handles it; one that fails goes back. */
  async deliver(at: number): Promise<void> {
    const [queued] = this.queue.splice(at, 1);
    if (!queued) return;
    queued.deliveries++;
    try {
      await this.handle(queued);
    } catch (error) {
      if (isSuperseded(error)) return void this.unsettled.push(queued);
      this.queue.push(queued);
      if (!(error instanceof AppError && error.kind === 'unavailable')) throw error;
    }
  }

  /** Handles what is queued, and lets timers fire until the run has ended. */
  async drain(): Promise<void> {
    for (let n = 0; this.queue.length > 0 || (await this.fire()); n++) {
      if (n > 100) throw new Error('the queue does not drain');
      await this.deliver(0);
    }
  }

  private async fire(): Promise<boolean> {
    const last = (await this.journal()).at(-1)?.type ?? '';
    const timer = endings.includes(last) ? undefined : this.timers.fire();
    if (!timer) return false;
    this.clock.time = timer.at;
    this.queue.push({ command: timer.command, options: timer, deliveries: 0 });
    return true;
  }

  async journal(): Promise<readonly RecordedEvent<ExecutionEvent>[]> {
    const { events } = await this.store.read({ aggregate: 'execution', id: executionId });
    return events as readonly RecordedEvent<ExecutionEvent>[];
  }

  async types(): Promise<readonly string[]> {
    return (await this.journal()).map(({ type }) => type.replace('execution.', ''));
  }

  private async handle({ command, options, deliveries }: Queued): Promise<void> {
    const received = { ...options.context, id: options.id, deliveries };
    if (command.service === 'tool-gateway') return this.gateway(command.data as ToolInvocation);
    if (command.service === 'approval') {
      return this.person(command.data as DataOf<typeof requestApproval>);
    }
    // A process of its own for each message: nothing is kept in memory.
    const runner = (this.runner = new ExecutionRunner({
      owner: 'agent-runner',
      instance: 'replica',
      store: new FaultyStore(this.store, (what) => this.fault(what)),
      bus: this,
      timers: this.timers,
      clock: this.clock,
      control: this.control,
      planner: planAgent,
      model: agentModelOf(this.model),
    }));
    if (command.name === 'start-agent') {
      const data = command.data as DataOf<typeof startAgent>;
      return new StartAgentHandler(runner, this.catalogue).handle({ ...received, data });
    }
    const { name, data } = command;
    const asked = { type: name.replace('-', '_'), ...(data as object) } as ExecutionCommand;
    return runner.handle(executionId, asked, { ...received, data });
  }

  private async gateway(invocation: ToolInvocation): Promise<void> {
    const { callId } = invocation;
    if (!this.effects.has(callId)) this.effects.set(callId, 1);
    const outcome = this.outcomeOf(invocation);
    await this.answer(settleAgentTool.of({ executionId, callId, outcome }), callId);
  }

  private async person({ approvalId }: DataOf<typeof requestApproval>): Promise<void> {
    const outcome = this.verdict;
    await this.answer(settleAgentApproval.of({ executionId, approvalId, outcome }), approvalId);
  }

  /** With a context of its own, as an answer from a later epoch has. */
  private answer(command: Command, about: string): Promise<void> {
    const context = { ...specContext, epoch: this.control.epoch };
    return this.send(command, { id: deriveId(about, 'settle'), context });
  }

  sentOf({ service, name }: { service: string; name: string }) {
    return this.everSent.filter((s) => s.command.service === service && s.command.name === name);
  }
}

/** A model that answers by a script. */
class ScriptedModel extends ModelPort {
  calls = 0;
  constructor(
    private readonly script: (call: number, signal: AbortSignal) => Promise<string>,
    private readonly toolUses: ModelAnswer['toolUses'] = [],
  ) {
    super();
  }
  async complete(_: unknown, signal: AbortSignal): Promise<ModelAnswer> {
    const text = await this.script(this.calls++, signal);
    return {
      text,
      toolUses: this.toolUses,
      promptTokens: 1,
      completionTokens: 1,
      provider: 'scripted',
      model: 'scripted',
      offline: false,
    };
  }
}

it('runs the sample incident to its end', async () => {
  const platform = await Platform.start();
  await platform.begin();
  await platform.drain();
  const toolCall = ['tool_requested', 'tool_settled', 'activated'];
  const modelCall = ['model_call_requested', 'model_answered'];
  expect(await platform.types()).toEqual(
    [
      ['started', 'activated', ...modelCall, 'lease_observed', ...toolCall],
      [...modelCall, ...toolCall],
      [...modelCall, 'approval_awaited', 'approval_observed', 'activated', ...toolCall],
      [...modelCall, 'completed'],
    ].flat(),
  );
  const journal = await platform.journal();
  expect(journal.at(-1)?.data).toMatchObject({ summary: expect.stringContaining('restarted') });
  expect(new Set(journal.map(({ record }) => record.correlationId))).toEqual(new Set([signalId]));

  const invocations = platform.sentOf(invokeTool);
  expect(invocations.map(({ command }) => (command.data as ToolInvocation).tool)).toEqual(
    Object.keys(results),
  );
  const [approval] = platform.sentOf(requestApproval);
  const remediation = invocations[2];
  expect(approval?.command.data).toMatchObject({
    action: {
      kind: 'tool',
      callId: remediation?.options.id,
      arguments: { command: 'restart_service', target: 'checkout' },
    },
  });
  expect(remediation?.command.data).toMatchObject({ approvalId: approval?.options.id });
  // Why it was sent is the very event that says so.
  const requested = journal.filter(({ type }) => type === 'execution.tool_requested');
  expect(invocations.map(({ options }) => options.context.causationId)).toEqual(
    requested.map(({ record }) => record.id),
  );
});

it('RTE-2: a run that needs it waits for a person before anything else', async () => {
  const platform = await Platform.start();
  platform.verdict = 'rejected';
  await platform.begin({ approvalRequired: true, riskLevel: 'high' });
  await platform.drain();
  expect(await platform.types()).toEqual([
    'started',
    'activated',
    'approval_awaited',
    'approval_observed',
    'rejected',
  ]);
  expect(platform.sentOf(requestApproval)[0]?.command.data).toMatchObject({
    action: { kind: 'start', target: 'diagnose_repair', objective: start.objective },
    riskLevel: 'high',
  });
  expect(platform.effects.size).toBe(0);
});

it('records a run of an unknown agent, and why it ended', async () => {
  const platform = await Platform.start();
  await platform.begin({ agent: 'nobody' });
  await platform.drain();
  expect(await platform.types()).toEqual(['started', 'failed']);
  expect((await platform.journal()).at(-1)?.data).toEqual({
    reason: 'unknown_target',
    detail: 'There is no agent nobody.',
  });
});

it('CTL-1: a halt between the answer of the model and the tool call stops the call', async () => {
  const platform = await Platform.start();
  const planner: ModelPort = new OfflinePlannerModel();
  platform.model = new (class extends ModelPort {
    override async complete(...args: Parameters<ModelPort['complete']>) {
      const answer = await planner.complete(...args);
      platform.control.halt();
      return answer;
    }
  })();
  await platform.begin();
  await platform.drain();
  expect((await platform.types()).slice(-2)).toEqual(['model_answered', 'halted']);
  expect(platform.sentOf(invokeTool)).toEqual([]);
});

it('CTL-1: a halt aborts the model call under way', async () => {
  const platform = await Platform.start();
  platform.model = new ScriptedModel(
    (_, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error('aborted')));
        setImmediate(() => platform.control.halt());
      }),
  );
  await platform.begin();
  await platform.drain();
  expect((await platform.types()).slice(-2)).toEqual(['model_call_requested', 'halted']);
  expect(platform.control.listeners.size).toBe(0);
});

it('CTL-1: a run that began before a halt stays ended after the resume', async () => {
  const platform = await Platform.start();
  await platform.begin();
  await platform.deliver(0);
  platform.control.epoch = 7;
  await platform.drain();
  expect((await platform.types()).slice(-3)).toEqual(['tool_settled', 'activated', 'halted']);
  expect((await platform.journal()).every(({ record }) => record.epoch === 0)).toBe(true);
});

it('waits, and records no more than its start, while nobody can say whether there is a halt', async () => {
  const platform = await Platform.start();
  platform.control.now = 'unknown';
  await platform.begin();
  await platform.deliver(0);
  expect(await platform.types()).toEqual(['started']);
  expect(platform.queue).toHaveLength(1);
  platform.control.now = 'running';
  await platform.drain();
  expect((await platform.types()).at(-1)).toBe('completed');
});

describe('a model that fails', () => {
  const away = new AppError({ code: 'model_unavailable', kind: 'unavailable', message: '503' });
  const useless = new AppError({ code: 'empty_answer', kind: 'invalid', message: 'empty' });

  it('is asked again later when it was away, and the run goes on', async () => {
    const platform = await Platform.start();
    platform.model = new ScriptedModel((call) =>
      call < 2 ? Promise.reject(away) : Promise.resolve('all is well'),
    );
    await platform.begin();
    await platform.deliver(0);
    expect((await platform.types()).at(-1)).toBe('model_failed');
    await platform.drain();
    expect((await platform.types()).at(-1)).toBe('completed');
  });

  it('is given up when its answers stay useless', async () => {
    const platform = await Platform.start();
    const model = new ScriptedModel(() => Promise.reject(useless));
    platform.model = model;
    await platform.begin();
    await platform.drain();
    expect(model.calls).toBe(3);
    expect((await platform.journal()).at(-1)?.data).toMatchObject({ reason: 'model_failed' });
  });

  it('is given up when it stays away', async () => {
    const platform = await Platform.start();
    platform.model = new ScriptedModel(() => Promise.reject(away));
    await platform.begin();
    await platform.drain();
    expect((await platform.journal()).at(-1)?.data).toMatchObject({ reason: 'model_failed' });
  });
});

describe('what does not fit into the journal', () => {
  const lastOf = async (platform: Platform) => (await platform.journal()).at(-1);

  it('an answer of the model over the limit is a failure of the model, not a stuck run', async () => {
    const platform = await Platform.start();
    const model = new ScriptedModel(() => Promise.resolve('x'.repeat(EVENT_BYTES_MAX)));
    platform.model = model;
    await platform.begin();
    await platform.drain();
    expect(model.calls).toBe(3);
    expect(await lastOf(platform)).toMatchObject({
      type: 'execution.failed',
      data: { reason: 'model_failed', detail: expect.stringContaining('bytes') },
    });
  });

  it('arguments that nest without end are a failure of the model', async () => {
    const platform = await Platform.start();
    const deep = JSON.parse(`{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}`);
    platform.model = new ScriptedModel(
      () => Promise.resolve('a'),
      [{ name: 'x', arguments: deep }],
    );
    await platform.begin();
    await platform.drain();
    expect(await lastOf(platform)).toMatchObject({ data: { reason: 'model_failed' } });
  });

  it('what a provider says of its failure is cut short', async () => {
    const platform = await Platform.start();
    const message = 'x'.repeat(EVENT_BYTES_MAX);
    platform.model = new ScriptedModel(() =>
      Promise.reject(new AppError({ code: 'model_refused', kind: 'invalid', message })),
    );
    await platform.begin();
    await platform.drain();
    expect(await lastOf(platform)).toMatchObject({ data: { reason: 'model_failed' } });
  });

  it('a start over the limit is a run that failed, with its input left out', async () => {
    const platform = await Platform.start();
    await platform.begin({ input: { log: 'x'.repeat(EVENT_BYTES_MAX) } });
    await platform.drain();
    expect(await platform.types()).toEqual(['started', 'failed']);
    expect(await lastOf(platform)).toMatchObject({ data: { reason: 'invalid_input' } });
  });

  it('a result over the limit ends the run', async () => {
    const platform = await Platform.start();
    platform.outcomeOf = () => ({ status: 'succeeded', result: 'x'.repeat(EVENT_BYTES_MAX) });
    await platform.begin();
    await platform.drain();
    expect((await platform.types()).at(-1)).toBe('failed');
    expect(await lastOf(platform)).toMatchObject({ data: { reason: 'invalid_input' } });
  });
});

it('CTL-1: what a person agreed to before a halt does not run after the resume', async () => {
  const platform = await Platform.start();
  await platform.begin({ approvalRequired: true, riskLevel: 'high' });
  await platform.deliver(0);
  await platform.deliver(0);
  platform.control.epoch = 7;
  await platform.drain();
  const types = ['approval_observed', 'activated', 'halted'];
  expect((await platform.types()).slice(-3)).toEqual(types);
  expect(platform.sentOf(invokeTool)).toEqual([]);
});

it('CTL-1: a run that began after a resume is not ended by a watch that is behind', async () => {
  const platform = await Platform.start();
  platform.control.now = 'halted';
  platform.control.epoch = 5;
  await platform.send(startAgent.of(start), {
    id: deriveId(signalId, 'start'),
    context: { ...specContext, correlationId: signalId, epoch: 6 },
  });
  await platform.deliver(0);
  expect(await platform.types()).toEqual(['started']);
  platform.control.now = 'running';
  platform.control.epoch = 6;
  await platform.drain();
  expect((await platform.types()).at(-1)).toBe('completed');
});

it('AGT-8: a service that stops gives its model call up, and the run goes on elsewhere', async () => {
  const platform = await Platform.start();
  platform.model = new ScriptedModel((call, signal) =>
    call > 0
      ? Promise.resolve('all is well')
      : new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new Error('aborted')));
          setImmediate(() => platform.runner?.stop());
        }),
  );
  await platform.begin();
  await platform.deliver(0);
  expect((await platform.types()).at(-1)).toBe('model_call_requested');
  await platform.drain();
  // What the call had set aside may have been used: the journal asks anew.
  const again = ['activated', 'model_call_requested', 'model_answered', 'completed'];
  expect((await platform.types()).slice(-4)).toEqual(again);
});

it('AGT-2: a runner that was superseded while it asked the model stops', async () => {
  const platform = await Platform.start();
  platform.copies = () => 2;
  const gate = Promise.withResolvers<void>();
  platform.model = new ScriptedModel(async (call) => {
    if (call === 0) await gate.promise;
    return `answer ${call}`;
  });
  await platform.begin();
  const first = platform.deliver(0);
  await platform.deliver(0);
  gate.resolve();
  await first;
  const journal = await platform.journal();
  expect(journal.filter(({ type }) => type === 'execution.model_answered')).toHaveLength(1);
  expect(journal.at(-1)?.data).toEqual({ summary: 'answer 1' });
});

it('AGT-2: a delivery that a later one of the same command fenced out leaves it unsettled', async () => {
  const platform = await Platform.start();
  const frozen = Promise.withResolvers<void>();
  platform.model = new ScriptedModel(async (call) => {
    if (call === 0) await frozen.promise;
    // The process that took the run over dies while it asks.
    if (call === 1) throw new AppError({ code: 'killed', kind: 'unavailable', message: 'kill -9' });
    return 'all is well';
  });
  await platform.begin();
  const [queued] = platform.queue;
  const first = platform.deliver(0);
  // Its ack wait passes, and the server gives the message to somebody else.
  if (queued) platform.queue.push(queued);
  await platform.deliver(0);
  platform.queue.length = 0;
  frozen.resolve();
  await first;
  // Had the frozen one acknowledged it, nothing would be left that carries the run on.
  expect(platform.unsettled).toHaveLength(1);
  platform.queue.push(...platform.unsettled);
  await platform.drain();
  expect((await platform.types()).at(-1)).toBe('completed');
});

it(
  'AGT-2: whatever is repeated, reordered or cut off, the run ends once and acts once',
  async () => {
    const chance = fc.record({
      picks: fc.array(fc.nat(50), { minLength: 1, maxLength: 40 }),
      copies: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 12 }),
      crashes: fc.array(fc.boolean(), { maxLength: 80 }),
      together: fc.array(fc.boolean(), { minLength: 1, maxLength: 20 }),
    });
    await fc.assert(
      fc.asyncProperty(chance, async ({ picks, copies, crashes, together }) => {
        const platform = await Platform.start();
        let sends = 0;
        platform.copies = () => copies[sends++ % copies.length] ?? 1;
        await platform.begin();
        let points = 0;
        platform.fault = () => {
          if (crashes[points++]) throw crash();
        };
        for (let n = 0; platform.queue.length > 0; n++) {
          expect(n).toBeLessThan(500);
          const pick = () => (picks[n % picks.length] ?? 0) % platform.queue.length;
          const both = together[n % together.length] && platform.queue.length > 1;
          await Promise.all([
            platform.deliver(pick()),
            both ? platform.deliver(pick()) : undefined,
          ]);
        }
        const types = (await platform.journal()).map(({ type }) => type);
        expect(types.filter((type) => endings.includes(type))).toEqual(['execution.completed']);
        expect(types.at(-1)).toBe('execution.completed');
        expect([...platform.effects.values()]).toEqual([1, 1, 1]);
        for (const sent of [...platform.sentOf(invokeTool), ...platform.sentOf(requestApproval)]) {
          const same = platform.everSent.filter(({ options }) => options.id === sent.options.id);
          expect(new Set(same.map((s) => canonicalJson(s))).size).toBe(1);
        }
      }),
      { numRuns: 25 },
    );
  },
  PROPERTY_WITHIN_MS,
);
