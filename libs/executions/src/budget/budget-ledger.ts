import type { DecisionMade, ExecutionEvent, SignalEvent } from '@signalbox/contracts';
import type { EventRecord, RecordedEvent } from '@signalbox/kernel';
import type { Reserved } from '../execution.state.ts';
import type { BudgetRefusal } from '../run-ports.ts';
import { minus, NOTHING, plus } from './amount.ts';
import { type Budgets, dayLimits, type Limit, type Payer } from './budgets.schema.ts';
import { refusalIn, type Standing } from './fit-call.ts';
import { usedBy, usedByFailed } from './paid-for.ts';

/** What is set aside for one call. */
interface SetAside {
  readonly payer: Payer;
  readonly amount: Reserved;
  readonly day: string;
  /** Of the event that announced it; 0 for a call that no event announces. */
  readonly sequence: number;
  /** Why it may not be made: nothing is set aside for it then. */
  readonly refusal?: BudgetRefusal | undefined;
}

/**
 * What was used of the budgets of each day, out of the log alone: whoever reads the same events in
 * the same order comes to the same end, and to the same answer on each call. A call counts on the
 * day (UTC) of the event that announces it, with what was set aside for it until it is known what
 * it used, and for good if that is never known.
 */
export class BudgetLedger {
  readonly #budgets: Budgets;
  readonly #days = new Map<string, Map<string, Reserved>>();
  /** By aggregate and id, as no run and no signal has more than one call under way. */
  readonly #calls = new Map<string, SetAside>();

  constructor(budgets: Budgets) {
    this.#budgets = budgets;
  }

  /** The budgets in which a call of this payer counts, as they stand. */
  standings(payer: Payer, day: string): readonly Standing[] {
    const accounts = this.#days.get(day);
    return dayLimits(this.#budgets, payer).map((limit) => ({
      ...limit,
      used: accounts?.get(accountOf(limit)) ?? NOTHING,
    }));
  }

  /** @param payer of the run or the signal that the event is of. */
  observe(event: RecordedEvent<ExecutionEvent | SignalEvent>, payer: Payer): void {
    const { record } = event;
    const key = `${record.aggregate}/${record.aggregateId}`;
    switch (event.type) {
      case 'execution.model_call_requested':
        return this.#announced(key, { ...event.data, record, payer });
      case 'execution.model_answered':
        return this.settle(key, usedBy(event.data, this.#calls.get(key)?.amount));
      case 'execution.model_failed':
        return this.settle(key, usedByFailed(event.data, this.#calls.get(key)?.amount));
      case 'execution.budget_reached':
      case 'execution.completed':
      case 'execution.failed':
      case 'execution.rejected':
      case 'execution.halted':
        this.#calls.delete(key);
        return;
      case 'decision.made':
        return this.#decided(key, event, payer);
    }
  }

  /** The last call that was announced, while nothing is known of its end. */
  underWay(key: string): Pick<SetAside, 'sequence' | 'refusal'> | undefined {
    return this.#calls.get(key);
  }

  /** For a call that no event announces: known to this process only. Replaces what was before. */
  setAside(key: string, call: Pick<SetAside, 'payer' | 'amount' | 'day'>): void {
    this.settle(key, NOTHING);
    this.#calls.set(key, { ...call, sequence: 0 });
    this.#add(call, call.amount);
  }

  /** What was set aside was used like this. Says nothing of calls that were not announced. */
  settle(key: string, used: Reserved): void {
    const call = this.#calls.get(key);
    if (call === undefined) return;
    this.#calls.delete(key);
    this.#add(call, call.refusal ? used : minus(used, call.amount));
  }

  /** A call of the run before it stays counted: its process died, and it may have been paid for. */
  #announced(
    key: string,
    call: {
      readonly record: EventRecord;
      readonly payer: Payer;
      readonly tokensReserved?: number | undefined;
      readonly usdReserved?: number | undefined;
    },
  ): void {
    const { record, payer, tokensReserved: tokens = 0, usdReserved: usd = 0 } = call;
    const amount = { tokens, usd };
    const day = dayOf(record.time);
    const refusal = refusalIn(this.standings(payer, day), amount);
    const setAside = { payer, amount, day, sequence: record.sequence, refusal };
    this.#calls.set(key, setAside);
    if (!refusal) this.#add(setAside, amount);
  }

  #decided(key: string, { data, record }: RecordedEvent<DecisionMade>, payer: Payer): void {
    const { model } = data;
    const used = model ? usedBy(model, this.#calls.get(key)?.amount) : NOTHING;
    if (this.#calls.has(key)) this.settle(key, used);
    else this.#add({ payer, day: dayOf(record.time) }, used);
  }

  #add({ payer, day }: Pick<SetAside, 'payer' | 'day'>, amount: Reserved): void {
    const accounts = this.#days.get(day) ?? this.#begin(day);
    for (const limit of dayLimits(this.#budgets, payer)) {
      const account = accountOf(limit);
      accounts.set(account, plus(accounts.get(account) ?? NOTHING, amount));
    }
  }

  /** A call that was announced before midnight may be answered after it, so two days are kept. */
  #begin(day: string): Map<string, Reserved> {
    const accounts = new Map<string, Reserved>();
    this.#days.set(day, accounts);
    const [last = day, before = day] = [...this.#days.keys()].toSorted().toReversed();
    for (const old of this.#days.keys()) {
      if (old !== last && old !== before) this.#days.delete(old);
    }
    for (const [key, call] of this.#calls) if (!this.#days.has(call.day)) this.#calls.delete(key);
    return accounts;
  }
}

/** The day of UTC, as `2026-11-21`. */
export function dayOf(time: Date): string {
  return time.toISOString().slice(0, 10);
}

function accountOf({ scope, of }: Limit): string {
  return `${scope}/${of}`;
}
