import { executionHalted, type ExecutionEvent } from '@signalbox/contracts';
import { behind } from './run-errors.ts';
import type { Control } from './run-ports.ts';

/**
 * The end of a run that began under `epoch`, when the kill switch is on or was used since.
 * @throws AppError `unavailable` when nobody can say.
 */
export function haltOf(control: Control, epoch: number): ExecutionEvent | undefined {
  if (control.epoch < epoch) throw behind();
  const halted = control.state() === 'halted';
  if (!halted) control.assertRunning();
  if (!halted && control.epoch <= epoch) return undefined;
  const detail = halted
    ? 'The kill switch is on.'
    : 'The kill switch was used since the run began.';
  return executionHalted.of({ epoch: control.epoch, detail });
}
