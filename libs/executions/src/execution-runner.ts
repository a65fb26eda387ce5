import {
  executionFailed,
  executionHalted,
  modelAnswered,
  modelCallRequested,
  modelFailed,
  type ExecutionOwner,
} from '@signalbox/contracts';
import {
  AppError,
  asAppError,
  causedBy,
  type MessageContext,
  type ReceivedCommand,
} from '@signalbox/kernel';
import {
  superseded,
  type AggregateRef,
  type CommandBus,
  type EventStore,
} from '@signalbox/messaging';
import { executionDecider, type ExecutionCommand } from './execution.decider.ts';
import { followUp } from './follow-up.ts';
import { Journal } from './journal.ts';
import { nextStep } from './next-step.ts';
import { oversizedEnd } from './oversized.ts';
import type { Planner } from './planner.ts';
import type { Control, RunModel } from './run-ports.ts';
import { behind, stopping } from './run-errors.ts';

/** How often a command is taken up anew because another runner was faster. */
const CONFLICTS_MAX = 5;
/** How often a model is asked for one step when its answers are of no use. */
const MODEL_ATTEMPTS_MAX = 3;
/** And when it cannot be reached: with the consumer's back-off, for some twenty minutes. */
const MODEL_OUTAGES_MAX = 30;
/** Of what a provider said of its failure, in characters. */
const REASON_LENGTH_MAX = 2_000;

export interface ExecutionRunnerOptions {
  readonly owner: ExecutionOwner;
  /** Tells replicas of one service apart. */
  readonly instance: string;
  readonly store: EventStore;
  readonly bus: CommandBus;
  readonly control: Control;
  readonly planner: Planner;
  /** Absent where no plan asks a model. */
  readonly model?: RunModel;
}

/**
 * Carries runs on, durably: intent before and result after each effect, in the journal. A run is
 * held by nobody while it waits; whoever handles the next command takes it over.
 */
export class ExecutionRunner {
  readonly #stopping = new AbortController();

  constructor(private readonly options: ExecutionRunnerOptions) {}

  /** Gives up the model calls under way; their commands come back, here or elsewhere. */
  stop(): void {
    this.#stopping.abort();
  }

  /**
   * Does what the command says, then everything up to the run's end or its next wait.
   * Safe to repeat, and to run twice at once.
   * @throws AppError as the decider does; `unavailable` and `limited` when it has to go on later;
   * `superseded` when a later delivery of the command has the run now.
   */
  async handle(
    executionId: string,
    command: ExecutionCommand,
    cause: ReceivedCommand,
  ): Promise<void> {
    const { store, instance } = this.options;
    const ref = { aggregate: 'execution', id: executionId };
    const runner = `${instance}/${cause.id}/${cause.deliveries}`;
    let oversized: AppError | undefined;
    for (let attempt = 1; ; attempt++) {
      const journal = await Journal.load(store, ref, runner);
      try {
        const { state } = journal;
        const events = oversized
          ? oversizedEnd(command, state, oversized)
          : executionDecider.decide(command, state);
        journal.observe(events);
        return await this.advance(journal, cause);
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        if (error.kind === 'too_large' && !oversized) {
          oversized = error;
          continue;
        }
        if (error.kind !== 'conflict') throw error;
        if (journal.holdsRun) return this.fencedOut(ref, cause);
        if (attempt >= CONFLICTS_MAX) throw error;
      }
    }
  }

  /** Whoever has the run now holds a command to carry it on: one of its own, or this very one. */
  private async fencedOut(ref: AggregateRef, cause: ReceivedCommand): Promise<void> {
    const { state } = await Journal.load(this.options.store, ref, '');
    if (state?.runner?.split('/').at(-2) === cause.id) throw superseded();
  }

  private async advance(journal: Journal, cause: ReceivedCommand): Promise<void> {
    const { planner, bus } = this.options;
    const context = this.contextOf(journal, cause);
    for (;;) {
      const step = nextStep(journal.run, planner);
      if (step.kind === 'none') return journal.flush(context);
      if (step.kind === 'finish') {
        journal.record(step.event);
        continue;
      }
      if (this.endIfHalted(journal, context)) continue;
      if (step.kind === 'record') {
        journal.record(step.event);
      } else if (step.kind === 'ask_model') {
        await this.askModel(journal, step.step, context);
      } else {
        await journal.flush(context);
        const { command, id, context: sent } = followUp(journal.run, planner);
        return bus.send(command, { id, context: sent });
      }
    }
  }

  /** What a run does counts under the epoch in which it began, whoever carries it on. */
  private contextOf(journal: Journal, cause: ReceivedCommand): MessageContext {
    const context = causedBy(cause, `service:${this.options.owner}`);
    const { record } = journal.run;
    if (!record) return context;
    return { ...context, correlationId: record.correlationId, epoch: record.epoch };
  }

  private endIfHalted(journal: Journal, context: MessageContext): boolean {
    const { control } = this.options;
    if (control.epoch < context.epoch) throw behind();
    const halted = control.state() === 'halted';
    if (!halted) control.assertRunning();
    if (!halted && control.epoch <= context.epoch) return false;
    const detail = halted
      ? 'The kill switch is on.'
      : 'The kill switch was used since the run began.';
    journal.record(executionHalted.of({ epoch: control.epoch, detail }));
    return true;
  }

  private async askModel(journal: Journal, step: number, context: MessageContext): Promise<void> {
    const { control, model } = this.options;
    if (!model) throw new Error('a plan without a model asked for one');
    if (journal.run.modelCall.requestedStep === step) journal.record();
    else journal.record(modelCallRequested.of({ step, ...model.identity }));
    await journal.flush(context);
    const halt = new AbortController();
    const forget = control.onHalt(() => halt.abort());
    const signal = AbortSignal.any([halt.signal, this.#stopping.signal]);
    try {
      journal.record(modelAnswered.of(await model.answer(journal.run, step, signal)));
    } catch (error) {
      // The loop looks at the kill switch next, and ends the run.
      if (halt.signal.aborted) return;
      if (this.#stopping.signal.aborted) throw stopping(error);
      await this.recordFailure(journal, { step, error, context });
    } finally {
      forget();
    }
  }

  /** @throws AppError the failure itself, where waiting may help: the command comes back later. */
  private async recordFailure(
    journal: Journal,
    { step, error, context }: { step: number; error: unknown; context: MessageContext },
  ): Promise<void> {
    const failure = asAppError(error);
    const { message, kind } = failure;
    const reason = message.slice(0, REASON_LENGTH_MAX);
    const attempt = journal.run.modelCall.failures + 1;
    journal.record(modelFailed.of({ step, attempt, reason }));
    const mayPass = kind === 'unavailable' || kind === 'limited';
    if (attempt >= (mayPass ? MODEL_OUTAGES_MAX : MODEL_ATTEMPTS_MAX)) {
      const detail = `The model gave no usable answer in ${attempt} attempts: ${reason}`;
      journal.record(executionFailed.of({ reason: 'model_failed', detail }));
    } else if (mayPass) {
      await journal.flush(context);
      throw failure;
    }
  }
}
