import type { ReceivedCommand } from '@signalbox/kernel';
import type { ExecutionCommand } from './execution.decider.ts';
import { hasEnded, type Run } from './execution.state.ts';
import { deadlineOf } from './times.ts';

/** The command with which the run was taken over last. */
export function takenOverWith({ runner }: Run): string | undefined {
  return runner?.split('/').at(-2);
}

/**
 * For a wake-up that came in vain: the run has ended, or waits for an answer, or is at work, and
 * then whoever has it holds a command of its own and would only be fenced out. Never in vain for a
 * run whose time is up, or that this very command has taken over before.
 */
export function wakesInVain(
  run: Run,
  { type }: ExecutionCommand,
  { id }: ReceivedCommand,
  now: Date,
): boolean {
  if (type !== 'continue' && type !== 'settle_lease') return false;
  if (takenOverWith(run) === id) return false;
  // What it is told to hold it has to give up.
  if (hasEnded(run)) return type === 'continue';
  const deadline = deadlineOf(run);
  if (deadline && now >= deadline) return false;
  return run.waiting?.for !== 'timer' && run.waiting?.for !== 'lease';
}
