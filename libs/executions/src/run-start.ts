import { executionFailed } from '@signalbox/contracts';
import type { EventStore } from '@signalbox/messaging';
import { hasEnded, type Run } from './execution.state.ts';
import { deadlineTimer } from './follow-up.ts';
import { readRun } from './journal.ts';
import type { Outbox } from './outbox.ts';
import type { Turn } from './turn.ts';

/** What has to be done between a run's first event and its first step. */
export class RunStart {
  constructor(
    private readonly store: EventStore,
    private readonly outbox: Outbox,
  ) {}

  /** Safe to repeat. */
  async follow({ journal, context }: Turn): Promise<void> {
    const { plan, started } = journal.run;
    const hasDeadline = plan.kind === 'agent' && plan.deadlineMs !== undefined;
    if (hasEnded(journal.run) || (!hasDeadline && !started.parent)) return;
    await journal.flush(context);
    const timer = deadlineTimer(journal.run);
    if (timer) await this.outbox.send(timer);
    // Not before the start is in the log: a parent that ends after this look finds it there.
    if (await this.isWanted(journal.run)) return;
    const detail = 'The run that used this one as a tool waits for it no more.';
    journal.record(executionFailed.of({ reason: 'cancelled', detail }));
  }

  private async isWanted({ started: { parent } }: Run): Promise<boolean> {
    if (!parent) return true;
    const waiting = (await readRun(this.store, parent.executionId))?.waiting;
    return waiting?.for === 'tool' && waiting.request.use.callId === parent.callId;
  }
}
