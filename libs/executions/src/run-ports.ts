import type { budgetReached, modelAnswered, modelCallRequested } from '@signalbox/contracts';
import type { DataOf } from '@signalbox/kernel';
import type { Run } from './execution.state.ts';

/*
 * What a run needs of others. A model call goes like this: `RunModel.prepare` makes the prompt,
 * `BudgetGuard.admit` sets its upper estimate aside, `execution.model_call_requested` records
 * both, `BudgetGuard.confirm` looks once more at what several replicas share, and only then
 * `ModelCall.answer` asks. `Run.modelCall.reserved` is what the call under way has set aside;
 * `Run.lost` sums what failed calls used, or had set aside where nobody will ever know it.
 */

/** What a runner needs to know of the kill switch. */
export interface Control {
  readonly epoch: number;
  state(): 'running' | 'halted' | 'unknown';
  /** @throws AppError `unavailable` when nobody can say. */
  assertRunning(): void;
  /** Returns the function that ends it. */
  onHalt(listener: () => void): () => void;
}

type Requested = DataOf<typeof modelCallRequested>;

/** One question to a model, made and not yet asked. */
export interface ModelCall {
  /** Who will be asked, for the journal's intent. */
  readonly identity: Pick<Requested, 'provider' | 'model' | 'offline'>;
  /** All who may answer it: the first, and who is asked when that one is away. */
  readonly candidates: readonly Pick<Requested, 'provider' | 'model'>[];
  /** Of the whole prompt with its tools, at most. This and the two below: `callLimits` of models. */
  readonly promptTokensMax: number;
  /** Of the answer, where no budget sets a lower limit. */
  readonly outputTokensMax: number;
  /** In US dollars, whoever answers; undefined when the price of one candidate is not known. */
  usdMax(promptTokens: number, outputTokens: number): number | undefined;
  /**
   * @throws AppError `unavailable` and `limited` for what may pass, then with `retryAfterMs` where
   * the provider said when to come back; any other for an answer of no use, then with `tokensUsed`
   * and `usdUsed` where that is known.
   */
  answer(how: AnswerOptions): Promise<DataOf<typeof modelAnswered>>;
}

export interface AnswerOptions {
  readonly signal: AbortSignal;
  /** Of the answer, in tokens; absent: as the service is configured. */
  readonly outputTokensMax?: number | undefined;
}

/** The models of agents, as a run asks them. */
export interface RunModel {
  /** The question of a step, out of the journal alone. @throws AppError as `ModelCall.answer`. */
  prepare(run: Run, step: number): Promise<ModelCall>;
}

/** What a call may use at most, set aside in every budget that it counts in. */
export interface Admission extends Pick<Requested, 'tokensReserved' | 'usdReserved'> {
  readonly admitted: true;
  /** The answer's limit, in tokens; goes to the provider. */
  readonly outputTokensMax?: number;
}

/** The budget that the call could pass. */
export interface BudgetRefusal {
  readonly admitted: false;
  readonly reached: Omit<DataOf<typeof budgetReached>, 'step'>;
  /** For people: which budget, and why. */
  readonly detail: string;
}

/** Says before each model call whether it could pass a budget. */
export interface BudgetGuard {
  /** @throws AppError `unavailable` when what was used cannot be known. */
  admit(run: Run, step: number, call: ModelCall): Promise<Admission | BudgetRefusal>;
  /**
   * The second look, once the reservation is in the log: reservations before it count.
   * @param sequence of the reservation in the audit stream.
   * @returns undefined when the call may be made.
   */
  confirm(run: Run, sequence: number): Promise<BudgetRefusal | undefined>;
}

/** Tells the replicas of a service that a run has ended: soon, and at most once. */
export interface EndedRuns {
  tell(executionId: string): void;
}
