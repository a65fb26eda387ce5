import { SIGNAL_BYTES_MAX, type Signal } from '@signalbox/contracts';
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

/**
 * What the router would not take is refused here, where somebody is told. With the rest of a signal
 * bounded, it is its labels that make it so large.
 * @throws AppError `too_large`, naming `field`, where the labels stand.
 */
export function limitSignal(signal: Signal, field: string): void {
  const bytes = Buffer.byteLength(JSON.stringify(signal));
  if (bytes <= SIGNAL_BYTES_MAX) return;
  const problem = `makes a signal of ${bytes} bytes, at most ${SIGNAL_BYTES_MAX} are taken`;
  throw refusal('signal_too_large', field, problem);
}

function tooLarge(field: string, bytes: number, max: number): AppError {
  return refusal('payload_too_large', field, `has ${bytes} bytes, at most ${max} are allowed`);
}

function refusal(code: string, field: string, problem: string): AppError {
  return new AppError({
    code,
    kind: 'too_large',
    message: `${field || 'what the signals say'} ${problem}`,
    fields: [{ field, problem }],
  });
}
