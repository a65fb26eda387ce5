import type { JournalEvent, Reserved, Run } from '../execution.state.ts';
import { minus, NOTHING, plus } from './amount.ts';
import { usedBy, usedByFailed } from './paid-for.ts';

/**
 * `Run.lost` after one more event: what failed calls used, and what was set aside for good where it
 * will never be known what the call used.
 */
export function lostAfter(run: Run, event: JournalEvent): Reserved | undefined {
  const { reserved } = run.modelCall;
  const added = reserved ? lostBy(event, reserved) : NOTHING;
  if (added.tokens === 0 && added.usd === 0) return run.lost;
  return plus(run.lost ?? NOTHING, added);
}

function lostBy(event: JournalEvent, reserved: Reserved): Reserved {
  switch (event.type) {
    // A process died while it asked, and another one asks again.
    case 'execution.model_call_requested':
      return reserved;
    case 'execution.model_failed':
      return usedByFailed(event.data, reserved);
    // A provider may tell nothing of what it used, or have a model without a price answer.
    case 'execution.model_answered':
      return minus(usedBy(event.data, reserved), usedBy(event.data));
    default:
      return NOTHING;
  }
}
