import { AppError } from '@signalbox/kernel';
import { serverErrors, type PublishOutcome } from './batch-publisher.ts';
import type { Head } from './event-store.port.ts';

export function isConflict(errorCode: number): boolean {
  return (
    errorCode === serverErrors.wrongLastSequence ||
    errorCode === serverErrors.wrongLastSequenceInFlight
  );
}

/** The batch fell apart on its way, for instance because its leader changed: send it again. */
export function isBatchLost(errorCode: number): boolean {
  return errorCode === serverErrors.batchIncomplete || errorCode === serverErrors.batchesTooMany;
}

export function conflict(subject: string, expected: Head): AppError {
  return new AppError({
    code: 'append_conflict',
    kind: 'conflict',
    message: `${subject} has gone on since ${expected.sequence}`,
  });
}

type Unsettled = Exclude<PublishOutcome, { status: 'stored' }>;

export function unsettled(subject: string, outcome: Unsettled): AppError {
  const cause = outcome.status === 'unknown' ? outcome.cause : outcome.reason;
  return new AppError({
    code: 'append_unsettled',
    kind: 'unavailable',
    message: `It is not known whether the append to ${subject} was stored: ${String(cause)}`,
    cause,
  });
}

export function tooLarge(what: string): AppError {
  return new AppError({ code: 'event_too_large', kind: 'too_large', message: what });
}

export function refused({ errorCode, reason }: { errorCode: number; reason: string }): AppError {
  if (errorCode === serverErrors.messageTooLarge) return tooLarge(reason);
  return new AppError({
    code: 'append_refused',
    kind: 'unavailable',
    message: `The event store refused the append: ${reason} (${errorCode})`,
  });
}
