import type { ExecutionEvent, SignalEvent } from '@signalbox/contracts';
import { AppError, type Clock, type RecordedEvent } from '@signalbox/kernel';
import {
  followForever,
  type EventFeed,
  type EventStore,
  type Following,
} from '@signalbox/messaging';
import type { Reserved } from '../execution.state.ts';
import type { Admission, BudgetRefusal } from '../run-ports.ts';
import { BudgetLedger, dayOf } from './budget-ledger.ts';
import type { Budgets, Payer } from './budgets.schema.ts';
import { type CallEstimate, fitCall, type Standing } from './fit-call.ts';
import { Payers } from './payers.ts';

/** How far apart the clocks of the server and of those who write events may be. */
const CLOCKS_APART_MS = 15 * 60_000;

export interface SharedBudgetsOptions {
  readonly budgets: Budgets;
  readonly events: EventFeed;
  readonly store: EventStore;
  readonly clock: Clock;
}

/** The budgets by agent, source and day, as all replicas use them up. */
export class SharedBudgets {
  readonly #ledger: BudgetLedger;
  readonly #payers: Payers;
  readonly #clock: Clock;
  readonly #answerTokensMax: number;
  #following: Following | undefined;

  private constructor({ budgets, store, clock }: SharedBudgetsOptions) {
    this.#ledger = new BudgetLedger(budgets);
    this.#payers = new Payers(store);
    this.#clock = clock;
    this.#answerTokensMax = budgets.answerTokensMax ?? Infinity;
  }

  /**
   * Resolves once all of today is counted. Where no budget is shared, nothing is followed.
   * @throws AppError `unavailable` when the log is out of reach.
   */
  static async follow(options: SharedBudgetsOptions): Promise<SharedBudgets> {
    const shared = new SharedBudgets(options);
    const { budgets, events, clock } = options;
    const aggregates = aggregatesFor(budgets);
    if (aggregates.length === 0) return shared;
    const midnight = new Date(`${dayOf(clock.now())}T00:00:00Z`);
    shared.#following = await followForever(events, {
      name: 'the budgets of the day',
      aggregates,
      after: new Date(midnight.getTime() - CLOCKS_APART_MS),
      handle: (batch) => shared.#observe(batch as readonly Followed[]),
    });
    return shared;
  }

  async stop(): Promise<void> {
    await this.#following?.stop();
  }

  /**
   * Whether a call has room, as far as this process has heard, and for how long an answer.
   * @param own budgets that nobody shares.
   * @throws AppError `unavailable` while the log is not followed.
   */
  fit(call: CallEstimate, payer: Payer, own: readonly Standing[] = []): Admission | BudgetRefusal {
    const { candidates, promptTokensMax } = call;
    const asked: CallEstimate = {
      candidates,
      promptTokensMax,
      outputTokensMax: Math.min(call.outputTokensMax, this.#answerTokensMax),
      usdMax: (prompt, output) => call.usdMax(prompt, output),
    };
    return fitCall(asked, [...own, ...this.standings(payer)]);
  }

  /**
   * The budgets in which the calls of a payer count, as far as this process has heard.
   * @throws AppError `unavailable` while the log is not followed.
   */
  standings(payer: Payer): readonly Standing[] {
    if (this.#following && !this.#following.live) throw lost();
    return this.#ledger.standings(payer, dayOf(this.#clock.now()));
  }

  /** Resolves once all that stood in the log when this was called is counted. */
  async whenCaughtUp(): Promise<void> {
    await this.#following?.whenCaughtUp();
  }

  /**
   * Whether a run's call may be made, by the order of the log.
   * @param sequence of the event that announced it.
   * @throws AppError `unavailable`; `conflict` when the run has gone on without the caller.
   */
  async refusalOf(executionId: string, sequence: number): Promise<BudgetRefusal | undefined> {
    if (this.#following === undefined) return undefined;
    await this.whenCaughtUp();
    const call = this.#ledger.underWay(`execution/${executionId}`);
    if (call?.sequence === sequence) return call.refusal;
    const message = 'The run has gone on elsewhere since its model call was announced.';
    throw new AppError({ code: 'call_superseded', kind: 'conflict', message });
  }

  /** For the routing of a signal, which no event announces; `decision.made` replaces it. */
  setAsideForRouting(signalId: string, payer: Payer, amount: Reserved): void {
    if (this.#following === undefined) return;
    const day = dayOf(this.#clock.now());
    this.#ledger.setAside(`signal/${signalId}`, { payer, amount, day });
  }

  /** A batch may come twice when the store was out of reach, and counts once: the fold is last. */
  async #observe(batch: readonly Followed[]): Promise<void> {
    const payers = await this.#payers.of(batch);
    batch.forEach((event, index) => this.#ledger.observe(event, payers[index] ?? {}));
  }
}

type Followed = RecordedEvent<ExecutionEvent | SignalEvent>;

function aggregatesFor({ day, agents, sources }: Budgets): readonly string[] {
  const routing = day !== undefined || Object.keys(sources).length > 0;
  if (routing) return ['execution', 'signal'];
  return Object.values(agents).some((agent) => agent.day) ? ['execution'] : [];
}

function lost(): AppError {
  const message = 'What was used of the budgets is not known: the log is not followed at present.';
  return new AppError({ code: 'budgets_unknown', kind: 'unavailable', message });
}
