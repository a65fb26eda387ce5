import type { Reserved, Run } from '../execution.state.ts';
import type { Admission, BudgetGuard, BudgetRefusal, ModelCall } from '../run-ports.ts';
import { NOTHING, plus } from './amount.ts';
import { type Budgets, type Payer, runLimit } from './budgets.schema.ts';
import type { Standing } from './fit-call.ts';
import { usedBy } from './paid-for.ts';
import type { SharedBudgets } from './shared-budgets.ts';

/** Keeps runs of agents within their own budget and within those that they share. */
export class RunBudgetGuard implements BudgetGuard {
  constructor(
    private readonly budgets: Budgets,
    private readonly shared: SharedBudgets,
  ) {}

  /** @throws AppError `unavailable` when what was used cannot be known. */
  async admit(run: Run, _step: number, call: ModelCall): Promise<Admission | BudgetRefusal> {
    const look = () => this.shared.fit(call, payerOf(run), this.#own(run));
    const first = look();
    if (first.admitted || first.reached.scope === 'run') return first;
    // What others had set aside may have become free since.
    await this.shared.whenCaughtUp();
    return look();
  }

  confirm(run: Run, sequence: number): Promise<BudgetRefusal | undefined> {
    return this.shared.refusalOf(run.started.executionId, sequence);
  }

  #own(run: Run): readonly Standing[] {
    const { plan } = run;
    if (plan.kind !== 'agent') return [];
    return [{ ...runLimit(this.budgets, plan.agent, plan.budget), used: usedIn(run) }];
  }
}

function payerOf({ plan, started }: Run): Payer {
  return { source: started.source, agent: plan.kind === 'agent' ? plan.agent : undefined };
}

function usedIn({ answers, lost = NOTHING, modelCall }: Run): Reserved {
  // Set aside by a process that died: nobody will hear of that call again.
  const before = plus(lost, modelCall.reserved ?? NOTHING);
  return answers.reduce((used, answer) => plus(used, usedBy(answer)), before);
}
