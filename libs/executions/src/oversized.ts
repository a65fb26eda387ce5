import { executionFailed, executionStarted, type ExecutionPlan } from '@signalbox/contracts';
import type { AppError } from '@signalbox/kernel';
import type { ExecutionCommand } from './execution.decider.ts';
import { hasEnded, type ExecutionState, type JournalEvent } from './execution.state.ts';

/**
 * The end of a run that came to something which no event or message can hold. Without it the
 * command would be a dead letter, and the run would never hear of it.
 */
export function oversizedEnd(
  command: ExecutionCommand,
  state: ExecutionState,
  { message }: AppError,
): readonly JournalEvent[] {
  const failed = executionFailed.of({
    reason: 'invalid_input',
    detail: `Too large to be recorded: ${message}.`,
  });
  if (state !== undefined) return hasEnded(state) ? [] : [failed];
  if (command.type !== 'start') return [];
  const { start, plan } = command;
  const input = { omitted: message };
  return [executionStarted.of({ ...start, input, plan: withoutContents(plan) }), failed];
}

function withoutContents(plan: ExecutionPlan): ExecutionPlan {
  if (plan.kind === 'automation') return { ...plan, steps: [] };
  const { system: _, ...rest } = plan;
  return { ...rest, tools: [], agents: [] };
}
