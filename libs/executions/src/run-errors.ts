import { AppError } from '@signalbox/kernel';

/** The run began after a resume that this process has not heard of yet. */
export function behind(): AppError {
  const message = 'The watch on the kill switch is behind the run.';
  return new AppError({ code: 'control_behind', kind: 'unavailable', message });
}

export function stopping(cause: unknown): AppError {
  const message = 'The service stops; the model will be asked again.';
  return new AppError({ code: 'stopping', kind: 'unavailable', message, cause });
}

/** The run ended while this process worked on it: another command ended it. */
export function endedMeanwhile(cause: unknown): AppError {
  const message = 'The run has ended meanwhile.';
  return new AppError({ code: 'run_ended', kind: 'conflict', message, cause });
}
