import type { ExecutionOwner } from '@signalbox/contracts';
import { AppError, causedBy, type MessageContext, type ReceivedCommand } from '@signalbox/kernel';
import { superseded, type CommandBus, type EventStore, type Timers } from '@signalbox/messaging';
import { executionDecider, type ExecutionCommand } from './execution.decider.ts';
import { hasEnded, type Run } from './execution.state.ts';
import { followUp, leaseTimer } from './follow-up.ts';
import { haltOf } from './halt.ts';
import { readRun } from './journal.ts';
import { Journals } from './journals.ts';
import { LeaseSteps } from './lease-steps.ts';
import { Leases } from './lease/leases.ts';
import { ModelSteps, type ModelStepsOptions } from './model-steps.ts';
import { nextStep, type NextStep } from './next-step.ts';
import { Outbox } from './outbox.ts';
import { oversizedEnd } from './oversized.ts';
import { agentOfferOf, type Planner } from './planner.ts';
import type { EndedRuns } from './run-ports.ts';
import { RunEnd } from './run-end.ts';
import { RunStart } from './run-start.ts';
import type { Turn } from './turn.ts';
import { takenOverWith, wakesInVain } from './whose-turn.ts';

/** How often a command is taken up anew because another runner was faster. */
const CONFLICTS_MAX = 5;
/** So much before its time, by the clock of this machine, may a timer of the server fire. */
const CLOCKS_APART_MS = 5_000;

export interface ExecutionRunnerOptions extends ModelStepsOptions {
  readonly owner: ExecutionOwner;
  /** Tells replicas of one service apart. */
  readonly instance: string;
  readonly store: EventStore;
  readonly bus: CommandBus;
  readonly timers: Timers;
  readonly planner: Planner;
  /** Absent where no other replica has anything to give up. */
  readonly ended?: EndedRuns;
}

/**
 * Carries runs on, durably: intent before and result after each effect, in the journal. A run is
 * held by nobody while it waits; whoever handles the next command takes it over.
 */
export class ExecutionRunner {
  readonly #journals: Journals;
  readonly #models: ModelSteps;
  readonly #leases: LeaseSteps;
  readonly #outbox: Outbox;
  readonly #start: RunStart;
  readonly #end: RunEnd;

  constructor(private readonly options: ExecutionRunnerOptions) {
    const { store, bus, timers, clock } = options;
    this.#journals = new Journals(store);
    this.#models = new ModelSteps(options);
    this.#leases = new LeaseSteps(new Leases(store, clock), bus);
    this.#outbox = new Outbox(bus, timers);
    this.#start = new RunStart(store, this.#outbox);
    this.#end = new RunEnd(store, this.#outbox, this.#leases);
  }

  /** Gives up the model calls under way; their commands come back, here or elsewhere. */
  stop(): void {
    this.#models.calls.stop();
  }

  /** Gives up the model call of a run that another replica is said to have ended, if it has. */
  async giveUp(executionId: string): Promise<void> {
    if (!this.#models.calls.has(executionId)) return;
    const run = await readRun(this.options.store, executionId);
    if (run && hasEnded(run)) this.#models.calls.endOf(executionId);
  }

  /**
   * Does what the command says, then everything up to the run's end or its next wait.
   * Safe to repeat, and to run twice at once.
   * @throws AppError as the decider does; `unavailable` when it has to go on later; `superseded`
   * when a later delivery of the command has the run now.
   */
  async handle(
    executionId: string,
    command: ExecutionCommand,
    cause: ReceivedCommand,
  ): Promise<void> {
    const runner = `${this.options.instance}/${cause.id}/${cause.deliveries}`;
    let oversized: AppError | undefined;
    for (let attempt = 1; ; attempt++) {
      const known = attempt === 1 ? command : undefined;
      const journal = await this.#journals.open(executionId, runner, known);
      try {
        const { state } = journal;
        const events = oversized
          ? oversizedEnd(command, state, oversized)
          : executionDecider.decide(command, state);
        // A wake-up does not come again from its sender: what it changes is this runner's doing.
        if (command.type === 'settle_lease' && events.length > 0) journal.record(...events);
        else journal.observe(events);
        const turn = { journal, context: this.contextOf(journal.run, command, cause) };
        const now = this.now(command.type);
        if (events.length === 0 && wakesInVain(journal.run, command, cause, now)) return;
        if (command.type === 'start') await this.#start.follow(turn);
        await this.advance(turn, command);
        return this.#journals.remember(journal);
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        if (error.kind === 'too_large' && !oversized) {
          oversized = error;
          continue;
        }
        if (error.kind !== 'conflict') throw error;
        if (journal.holdsRun) return this.fencedOut(executionId, runner, cause);
        if (attempt >= CONFLICTS_MAX) throw error;
      } finally {
        this.#journals.close();
      }
    }
  }

  /** Whoever has the run now holds a command to carry it on: one of its own, or this very one. */
  private async fencedOut(id: string, runner: string, cause: ReceivedCommand): Promise<void> {
    const run = await readRun(this.options.store, id);
    if (!run) return;
    // What this runner did meanwhile, such as asking for a lease, is to end with the run.
    if (hasEnded(run)) return this.#end.follow(run);
    if (takenOverWith(run) === cause.id && run.runner !== runner) throw superseded();
  }

  private async advance(turn: Turn, command: ExecutionCommand): Promise<void> {
    const { journal, context } = turn;
    for (let now = this.now(command.type); ; now = this.now()) {
      const step = nextStep(journal.run, this.options.planner, now);
      if (step.kind === 'none') break;
      if (step.kind === 'finish') {
        journal.record(step.event);
        continue;
      }
      const halt = haltOf(this.options.control, context.epoch);
      if (halt) journal.record(halt);
      else if ((await this.take(step, turn, now)) === 'waits') return;
    }
    await journal.flush(context);
    const { executionId } = journal.run.started;
    this.#models.calls.endOf(executionId);
    if (command.type === 'cancel') this.options.ended?.tell(executionId);
    await this.#end.follow(journal.run, command);
  }

  private async take(step: Taken, turn: Turn, now: Date): Promise<'goes_on' | 'waits'> {
    const { journal, context } = turn;
    switch (step.kind) {
      case 'record':
        await this.#leases.renew(turn, now);
        journal.record(step.event);
        return 'goes_on';
      case 'ask_model':
        await this.#leases.renew(turn, now);
        await this.#models.ask(turn, step.step);
        return 'goes_on';
      case 'look_at_lease': {
        const until = await this.#leases.look(turn, step.resource);
        if (until === undefined) return 'goes_on';
        await this.#outbox.send(leaseTimer(journal.run, until));
        return 'waits';
      }
      case 'await':
        await journal.flush(context);
        if (usesAgent(journal.run)) await this.#leases.giveUp(journal.run, context);
        await this.#outbox.send(followUp(journal.run, this.options.planner));
        return 'waits';
    }
  }

  private now(woken?: ExecutionCommand['type']): Date {
    const now = this.options.clock.now();
    return woken === 'continue' ? new Date(now.getTime() + CLOCKS_APART_MS) : now;
  }

  /** What a run does counts under the epoch in which it began, whoever carries it on. */
  private contextOf(
    { record }: Run,
    { type }: ExecutionCommand,
    cause: ReceivedCommand,
  ): MessageContext {
    const context = causedBy(
      cause,
      // Whose word it was.
      type === 'cancel' ? cause.actor : `service:${this.options.owner}`,
    );
    if (!record) return context;
    return { ...context, correlationId: record.correlationId, epoch: record.epoch };
  }
}

type Taken = Exclude<NextStep, { kind: 'none' | 'finish' }>;

function usesAgent({ plan, waiting }: Run): boolean {
  return waiting?.for === 'tool' && agentOfferOf(plan, waiting.request.use.tool) !== undefined;
}
