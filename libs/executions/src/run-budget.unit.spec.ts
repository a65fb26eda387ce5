import { AppError } from '@signalbox/kernel';
import type { BudgetGuard, BudgetRefusal } from './run-ports.ts';
import { Platform, planOf } from './platform.fixture.spec.ts';

const reached = { scope: 'day', unit: 'tokens', limit: 10, spent: 8, wanted: 5 } as const;
const refusal: BudgetRefusal = { admitted: false, reached, detail: 'The day has no more.' };

/** A guard that says what it is told to, and keeps what it was asked. */
class ToldGuard implements BudgetGuard {
  first: Awaited<ReturnType<BudgetGuard['admit']>> = {
    admitted: true,
    tokensReserved: 150,
    usdReserved: 0.5,
    outputTokensMax: 50,
  };
  second: BudgetRefusal | undefined;
  readonly confirmed: number[] = [];

  async admit() {
    return this.first;
  }
  async confirm(_: unknown, sequence: number) {
    this.confirmed.push(sequence);
    return this.second;
  }
}

let platform: Platform;
let guard: ToldGuard;
let calls: number;
beforeEach(() => {
  platform = new Platform();
  platform.budget = guard = new ToldGuard();
  calls = 0;
  platform.script = () => {
    calls++;
    return { text: 'all is well' };
  };
});

const end = [
  { type: 'execution.budget_reached', data: { step: 1, ...reached } },
  { type: 'execution.failed', data: { reason: 'budget', detail: 'The day has no more.' } },
];
const endOf = async (id: string) => (await platform.journal(id)).slice(-2);

it('AGT-6: the call that could pass a budget is never made', async () => {
  guard.first = refusal;
  const id = await platform.begin(planOf('a'));
  await platform.drain();
  expect(await platform.types(id)).not.toContain('model_call_requested');
  expect(await endOf(id)).toMatchObject(end);
  expect(calls).toBe(0);
});

it('AGT-6: nor the one whose reservation came too late', async () => {
  guard.second = refusal;
  const id = await platform.begin(planOf('a'));
  await platform.drain();
  expect(await endOf(id)).toMatchObject(end);
  expect(calls).toBe(0);
});

it('AGT-6: what a call may use stands in the log before it is made, and is looked at there', async () => {
  const id = await platform.begin(planOf('a'));
  await platform.drain();
  const requested = (await platform.journal(id)).find(
    ({ type }) => type === 'execution.model_call_requested',
  );
  expect(requested?.data).toMatchObject({ tokensReserved: 150, usdReserved: 0.5 });
  expect(guard.confirmed).toEqual([requested?.record.sequence]);
  expect(calls).toBe(1);
});

it('AGT-6: what an answer of no use used stands in the log, where it is known', async () => {
  platform.script = () => {
    const failure = new AppError({ code: 'answer_cut', kind: 'invalid', message: 'cut' });
    const used = calls === 0 ? { tokensUsed: 40, usdUsed: 0.25 } : {};
    if (calls++ < 2) throw Object.assign(failure, used);
    return { text: 'all is well' };
  };
  const id = await platform.begin(planOf('a'));
  await platform.drain();
  const failures = (await platform.journal(id)).filter(
    ({ type }) => type === 'execution.model_failed',
  );
  const failure = { step: 1, reason: 'cut', code: 'answer_cut' };
  expect(failures.map(({ data }) => data)).toEqual([
    { ...failure, attempt: 1, tokensUsed: 40, usdUsed: 0.25 },
    { ...failure, attempt: 2 },
  ]);
});
