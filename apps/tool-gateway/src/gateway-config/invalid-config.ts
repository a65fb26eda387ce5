import { AppError } from '@signalbox/kernel';

/** `message` names the field. */
export function invalidConfig(message: string, cause?: unknown): AppError {
  return new AppError({ code: 'invalid_gateway_config', kind: 'invalid', message, cause });
}
