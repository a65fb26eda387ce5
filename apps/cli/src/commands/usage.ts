import { AppError } from '@signalbox/kernel';

/** That a command line, or what it names, cannot be carried out as it is written. */
export function usage(message: string, cause?: unknown): AppError {
  return new AppError({ code: 'usage', kind: 'invalid', message, cause });
}
