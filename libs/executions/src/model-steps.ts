import {
  budgetReached,
  executionFailed,
  modelAnswered,
  modelCallRequested,
} from '@signalbox/contracts';
import type { Clock } from '@signalbox/kernel';
import { CallsUnderWay, type Abortion } from './calls-under-way.ts';
import type { Journal } from './journal.ts';
import { failureOfModel } from './model-failure.ts';
import { endedMeanwhile, stopping } from './run-errors.ts';
import type { Admission, BudgetGuard, BudgetRefusal, Control, RunModel } from './run-ports.ts';
import { deadlineOf } from './times.ts';
import type { Turn } from './turn.ts';

export interface ModelStepsOptions {
  readonly control: Control;
  readonly clock: Clock;
  /** Absent where no plan asks a model. */
  readonly model?: RunModel;
  /** Absent where nothing limits what runs use. */
  readonly budget?: BudgetGuard;
}

/** Asks models on behalf of runs: intent before, result after, within budgets and deadlines. */
export class ModelSteps {
  readonly calls = new CallsUnderWay();

  constructor(private readonly options: ModelStepsOptions) {}

  /**
   * Records what became of it. Nothing, when a halt or the deadline ended the call: the run's
   * next look finds that.
   * @throws AppError `unavailable` when the service stops, or a budget cannot be known;
   * `conflict` when somebody else has the run, or ended it.
   */
  async ask({ journal, context }: Turn, step: number): Promise<void> {
    const { model, budget, clock } = this.options;
    if (!model) throw new Error('a plan without a model asked for one');
    const failed = (error: unknown) =>
      journal.record(...failureOfModel(journal.run, { step, error, now: clock.now() }));
    const call = await model.prepare(journal.run, step).catch(failed);
    if (!call) return;
    const admission = await budget?.admit(journal.run, step, call);
    if (admission?.admitted === false) return endAtBudget(journal, step, admission);
    journal.record(modelCallRequested.of({ step, ...call.identity, ...reservation(admission) }));
    await journal.flush(context);
    const second = admission && (await budget?.confirm(journal.run, journal.sequence));
    if (second) return endAtBudget(journal, step, second);

    using underWay = this.begin(journal);
    try {
      const { signal } = underWay;
      const { outputTokensMax } = admission ?? {};
      journal.record(modelAnswered.of(await call.answer({ signal, outputTokensMax })));
    } catch (error) {
      if (underWay.signal.aborted) abandon(underWay.signal.reason as Abortion, error);
      else failed(error);
    }
  }

  private begin({ run }: Journal) {
    const { clock, control } = this.options;
    const deadline = deadlineOf(run);
    const remainingMs = deadline && deadline.getTime() - clock.now().getTime();
    const call = this.calls.begin(run.started.executionId, remainingMs);
    const forget = control.onHalt(() => call.abort('halted'));
    return {
      signal: call.signal,
      [Symbol.dispose]: () => {
        forget();
        call[Symbol.dispose]();
      },
    };
  }
}

function abandon(why: Abortion, error: unknown): void {
  if (why === 'stopping') throw stopping(error);
  if (why === 'ended') throw endedMeanwhile(error);
}

function reservation(admission: Admission | undefined) {
  const { tokensReserved, usdReserved } = admission ?? {};
  return { tokensReserved, usdReserved };
}

function endAtBudget(journal: Journal, step: number, { reached, detail }: BudgetRefusal): void {
  journal.record(
    budgetReached.of({ step, ...reached }),
    executionFailed.of({ reason: 'budget', detail }),
  );
}
