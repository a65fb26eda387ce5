import { AppError } from '@signalbox/kernel';
import type { SignalDraft } from './signal-format.ts';

/** Largest payload of one signal, as JSON in UTF-8. */
const PAYLOAD_BYTES_MAX = 65_536;
/** Of one delivery together: what a group says once is in the payload of each of its alerts. */
const PAYLOADS_BYTES_MAX = 8 * 1024 * 1024;

/** @throws AppError `too_large`, naming where the payload stands. */
export function limitPayloads(drafts: readonly SignalDraft[]): void {
  let together = 0;
  for (const { payload, field = '' } of drafts) {
    const bytes = Buffer.byteLength(JSON.stringify(payload));
    if (bytes > PAYLOAD_BYTES_MAX) throw tooLarge(field, bytes, PAYLOAD_BYTES_MAX);
    together += bytes;
  }
  if (together > PAYLOADS_BYTES_MAX) throw tooLarge('', together, PAYLOADS_BYTES_MAX);
}

function tooLarge(field: string, bytes: number, max: number): AppError {
  const problem = `has ${bytes} bytes, at most ${max} are allowed`;
  return new AppError({
    code: 'payload_too_large',
    kind: 'too_large',
    message: `${field || 'what the signals say'} ${problem}`,
    fields: [{ field, problem }],
  });
}
