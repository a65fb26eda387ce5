import type { Signal } from '@signalbox/contracts';
import {
  type Admission,
  type BudgetRefusal,
  type CallEstimate,
  type SharedBudgets,
} from '@signalbox/executions';
import type { RoutingCost } from './routing-cost.ts';

/**
 * Keeps the routing of signals within the budgets of their source and of the day. What is set aside
 * for a question is known to this process only, and to the others once the signal is decided: so
 * many routers as there are can pass a budget by what they ask at the same moment.
 */
export class RoutingBudget {
  constructor(private readonly shared: SharedBudgets) {}

  /**
   * Before each question about a signal.
   * @param used by the questions before.
   * @throws AppError `unavailable` when nobody can say what is left.
   */
  async admit(
    signal: Signal,
    call: CallEstimate,
    used: RoutingCost,
  ): Promise<Admission | BudgetRefusal> {
    const payer = { source: signal.source };
    this.settle(signal, used);
    let fit = this.shared.fit(call, payer);
    if (!fit.admitted) {
      // What others had set aside may have become free since.
      await this.shared.whenCaughtUp();
      fit = this.shared.fit(call, payer);
    }
    // Nothing may come between the look and this: many signals are routed at once.
    if (fit.admitted) {
      const { tokensReserved = 0, usdReserved = 0 } = fit;
      this.shared.setAsideForRouting(signal.id, payer, {
        tokens: tokensOf(used) + tokensReserved,
        usd: (used.usd ?? 0) + usdReserved,
      });
    }
    return fit;
  }

  /** No further question is asked before the signal is decided, here or by a later delivery. */
  settle({ id, source }: Signal, used: RoutingCost): void {
    const amount = { tokens: tokensOf(used), usd: used.usd ?? 0 };
    this.shared.setAsideForRouting(id, { source }, amount);
  }
}

function tokensOf({ promptTokens, completionTokens }: RoutingCost): number {
  return promptTokens + completionTokens;
}
