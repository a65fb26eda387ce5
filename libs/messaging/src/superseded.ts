import { AppError } from '@signalbox/kernel';

const CODE = 'superseded';

/**
 * What a handler throws that learns of a later delivery of its own message, made while it was
 * frozen or cut off. Only that one may settle the message: settled by this one, nothing would be
 * left of it if the other dies.
 */
export function superseded(): AppError {
  return new AppError({
    code: CODE,
    kind: 'conflict',
    message: 'A later delivery of the message is at work on it.',
  });
}

export function isSuperseded(error: unknown): boolean {
  return error instanceof AppError && error.code === CODE;
}
