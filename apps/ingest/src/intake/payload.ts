import { AppError, type Json } from '@signalbox/kernel';

/** Largest payload of one signal, as JSON in UTF-8. */
const PAYLOAD_BYTES_MAX = 65_536;

/** @throws AppError `too_large`, naming `field`. */
export function limitPayload(payload: Json, field: string): void {
  const bytes = Buffer.byteLength(JSON.stringify(payload));
  if (bytes <= PAYLOAD_BYTES_MAX) return;
  const problem = `has ${bytes} bytes, at most ${PAYLOAD_BYTES_MAX} are allowed`;
  throw new AppError({
    code: 'payload_too_large',
    kind: 'too_large',
    message: `${field} ${problem}`,
    fields: [{ field, problem }],
  });
}
