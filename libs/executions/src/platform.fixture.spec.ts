import {
  allEvents,
  executionCompleted,
  invokeTool,
  settleAgentTool,
  startAgent,
  type ExecutionEvent,
  type ExecutionPlan,
  type ToolInvocation,
  type ToolOutcome,
  type ToolUse,
} from '@signalbox/contracts';
import {
  AppError,
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
  EventStore,
  isSuperseded,
  Timers,
  type SendOptions,
} from '@signalbox/messaging';
import { InMemoryEventStore, RecordingTimers, specContext } from '@signalbox/testing';
import { ExecutionRunner } from './execution-runner.ts';
import type { ExecutionCommand } from './execution.decider.ts';
import type { Run } from './execution.state.ts';
import type { Intent } from './planner.ts';
import type { BudgetGuard, Control, RunModel } from './run-ports.ts';

export type AgentPlan = Extract<ExecutionPlan, { kind: 'agent' }>;

/** Called before and after everything that leaves the process; it may throw: a crash. */
export type Fault = (what: string) => void;
export const crash = () => new AppError({ code: 'crashed', kind: 'unavailable', message: 'crash' });

export class SetClock extends Clock {
  time = new Date('2026-11-21T10:00:00.000Z');
  now(): Date {
    return this.time;
  }
  pass(ms: number): void {
    this.time = new Date(this.time.getTime() + ms);
  }
}

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

class FaultyTimers extends Timers {
  constructor(
    private readonly inner: Timers,
    private readonly fault: Fault,
  ) {
    super();
  }
  override async schedule(...args: Parameters<Timers['schedule']>) {
    this.fault('before schedule');
    await this.inner.schedule(...args);
    this.fault('after schedule');
  }
}

/** A kill switch that nobody uses. */
export const running: Control = {
  epoch: specContext.epoch,
  state: () => 'running',
  assertRunning: () => undefined,
  onHalt: () => () => undefined,
};

export interface Said {
  readonly text?: string;
  readonly uses?: readonly Omit<ToolUse, 'callId'>[];
}
/** What the model of a run answers at a step. */
export type Script = (run: Run, step: number, signal: AbortSignal) => Promise<Said> | Said;

export const planOf = (agent: string, changes: Partial<AgentPlan> = {}): AgentPlan => ({
  kind: 'agent',
  agent,
  agentVersion: 1,
  role: '',
  tools: ['look', 'restart', 'mend'].map((name) => ({
    name,
    description: '',
    inputSchema: {},
    definitionDigest: digestOf(name),
    approvalRequired: false,
    repeatable: name === 'look',
  })),
  agents: [],
  models: [],
  stepsMax: 5,
  ...changes,
});

export const offerOf = (agent: string, inputSchema = {}): AgentPlan['agents'][number] => ({
  tool: `agent__${agent}`,
  agent,
  description: '',
  inputSchema,
  definitionDigest: digestOf(agent),
});

/** The loop of an agent, as short as it can be. */
export function planShortly({ plan, answers, settled }: Run): Intent {
  const answer = answers.at(-1);
  const use = answer?.toolUses.find((u) => !settled.some((s) => s.callId === u.callId));
  const step = answer?.step ?? 0;
  if (use) {
    const offer = plan.kind === 'agent' ? plan.tools.find((t) => t.name === use.tool) : undefined;
    return { kind: 'use_tool', step, use, offer };
  }
  if (answer?.toolUses.length === 0) {
    return { kind: 'finish', event: executionCompleted.of({ summary: answer.text }) };
  }
  return { kind: 'ask_model', step: step + 1 };
}

interface Queued {
  readonly command: Command;
  readonly options: SendOptions;
  deliveries: number;
}

/** The rest of the platform: a work queue, timers and a gateway, all of the simplest kind. */
export class Platform extends CommandBus {
  readonly clock = new SetClock();
  readonly store = new InMemoryEventStore({ definitions: allEvents, clock: this.clock });
  readonly timers = new RecordingTimers();
  readonly queue: Queued[] = [];
  readonly everSent: { readonly command: Command; readonly options: SendOptions }[] = [];
  readonly deadLetters: AppError[] = [];
  /** Times that a call took effect, by its id. */
  readonly effects = new Map<string, number>();
  readonly plans = new Map<string, AgentPlan>();
  script: Script = () => ({ text: 'all is well' });
  fault: Fault = () => undefined;
  copies = () => 1;
  outcomeOf: (invocation: ToolInvocation) => ToolOutcome = () => ({
    status: 'succeeded',
    result: 'ok',
  });
  budget: BudgetGuard | undefined;
  /** One process that lives on; a new one for each message while absent. */
  process: ExecutionRunner | undefined;
  /** Processes that hear which runs others have ended. */
  readonly listening: ExecutionRunner[] = [];
  private readonly known = new Set<string>();

  override async send(command: Command, options: SendOptions): Promise<void> {
    this.fault('before send');
    this.everSent.push({ command, options });
    if (!this.known.has(options.id)) {
      this.known.add(options.id);
      this.enqueue(command, options);
    }
    this.fault('after send');
  }

  override request(): Promise<Json> {
    throw new Error('nobody asks and waits here');
  }

  /** Asks for a run of an agent; returns its id. */
  async begin(plan: AgentPlan, id = newId()): Promise<string> {
    this.plans.set(plan.agent, plan);
    const command = startAgent.of({
      agent: plan.agent,
      executionId: id,
      signalId: newId(),
      objective: 'mend checkout',
      input: { labels: { service: 'checkout' } },
      riskLevel: 'low',
      approvalRequired: false,
    });
    this.enqueue(command, { id: deriveId(id, 'start'), context: specContext });
    return id;
  }

  tell(command: Command): void {
    this.enqueue(command, { id: newId(), context: { ...specContext, actor: 'person:ann' } });
  }

  /** The earliest timer fires; the clock stands at its time then, or where it stood. */
  fire(early = false): boolean {
    const timer = this.timers.fire();
    if (timer && !early) {
      this.clock.time = new Date(Math.max(timer.at.getTime(), this.clock.time.getTime()));
    }
    if (timer) this.enqueue(timer.command, timer);
    return timer !== undefined;
  }

  /** Takes a message off the queue and handles it; one that fails goes back. */
  async deliver(at = 0): Promise<void> {
    const [queued] = this.queue.splice(at, 1);
    if (!queued) return;
    queued.deliveries++;
    try {
      await this.handle(queued);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      if (error.kind === 'missing' || error.kind === 'invalid') this.deadLetters.push(error);
      else this.queue.push(queued);
      if (error.kind !== 'unavailable' && error.kind !== 'missing' && !isSuperseded(error)) {
        throw error;
      }
    }
  }

  async drain(): Promise<void> {
    for (let n = 0; this.queue.length > 0; n++) {
      if (n > 200) throw new Error('the queue does not drain');
      await this.deliver();
    }
  }

  /** Drains, and lets every timer fire in its turn. */
  async settle(): Promise<void> {
    await this.drain();
    for (let n = 0; this.fire(); n++) {
      if (n > 200) throw new Error('the timers do not end');
      await this.drain();
    }
  }

  async journal(executionId: string): Promise<readonly RecordedEvent<ExecutionEvent>[]> {
    const { events } = await this.store.read({ aggregate: 'execution', id: executionId });
    return events as readonly RecordedEvent<ExecutionEvent>[];
  }

  async types(executionId: string): Promise<readonly string[]> {
    return (await this.journal(executionId)).map(({ type }) => type.replace('execution.', ''));
  }

  async last(executionId: string) {
    return (await this.journal(executionId)).at(-1);
  }

  sentOf<Data>({ service, name }: { service: string; name: string }): readonly Data[] {
    const sent = new Map(this.everSent.map((s) => [s.options.id, s.command]));
    return [...sent.values()]
      .filter((command) => command.service === service && command.name === name)
      .map(({ data }) => data as Data);
  }

  private enqueue(command: Command, options: SendOptions): void {
    for (let n = this.copies(); n > 0; n--) this.queue.push({ command, options, deliveries: 0 });
  }

  newProcess(): ExecutionRunner {
    return new ExecutionRunner({
      owner: 'agent-runner',
      instance: 'replica',
      store: new FaultyStore(this.store, (what) => this.fault(what)),
      bus: this,
      timers: new FaultyTimers(this.timers, (what) => this.fault(what)),
      clock: this.clock,
      control: running,
      planner: planShortly,
      ended: { tell: (id) => this.listening.forEach((process) => void process.giveUp(id)) },
      model: scriptedModel((...asked) => this.script(...asked)),
      ...(this.budget && { budget: this.budget }),
    });
  }

  private async handle({ command, options, deliveries }: Queued): Promise<void> {
    // Nobody answers what a person is asked.
    if (command.service === 'approval') return;
    if (command.service === 'tool-gateway') return this.gateway(command.data as ToolInvocation);
    const received = { ...options.context, id: options.id, deliveries, data: command.data };
    const { executionId } = command.data as { executionId: string };
    const runner = this.process ?? this.newProcess();
    await runner.handle(executionId, this.commandOf(command), received);
  }

  private commandOf({ name, data }: Command): ExecutionCommand {
    if (name !== 'start-agent') {
      return { type: name.replace('-', '_'), ...(data as object) } as ExecutionCommand;
    }
    const { agent, ...start } = data as DataOf<typeof startAgent>;
    const plan = this.plans.get(agent);
    if (plan) return { type: 'start', start, plan };
    return { type: 'start', start, plan: planOf(agent), unknownTarget: `There is no ${agent}.` };
  }

  private async gateway(invocation: ToolInvocation): Promise<void> {
    const { callId, executionId } = invocation;
    const outcome = this.outcomeOf(invocation);
    if (!this.effects.has(callId)) this.effects.set(callId, 1);
    const id = deriveId(callId, 'settle');
    const command = settleAgentTool.of({ executionId, callId, outcome });
    await this.send(command, { id, context: specContext });
  }
}

export const invocationsOf = (platform: Platform) =>
  platform.sentOf<DataOf<typeof invokeTool>>(invokeTool);

function scriptedModel(script: Script): RunModel {
  const identity = { provider: 'scripted', model: 'scripted', offline: false };
  return {
    prepare: async (run, step) => ({
      identity,
      candidates: [identity],
      promptTokensMax: 100,
      outputTokensMax: 100,
      usdMax: () => undefined,
      answer: async ({ signal }) => {
        const { text = '', uses = [] } = await script(run, step, signal);
        return {
          ...identity,
          step,
          text,
          toolUses: uses.map((use, index) => ({
            ...use,
            callId: deriveId(run.started.executionId, step, index),
          })),
          promptTokens: 1,
          completionTokens: 1,
        };
      },
    }),
  };
}
