import type { Stop } from '../ports/tool.port.ts';
import { refused, type Refusal } from './refusal.ts';

/**
 * What was checked counts this long. A process that was frozen for longer may have missed a halt,
 * and its call may have been given to another gateway.
 */
const CHECKS_VALID_MS = 10_000;

/** Why a tool is not started after all. */
export function lateRefusal(
  { aborted, reason }: AbortSignal,
  sinceChecksMs: number,
): Refusal | undefined {
  if (aborted && reason === ('stopping' satisfies Stop)) {
    return refused('held_up', 'The gateway stopped before the tool started.');
  }
  if (aborted) {
    return refused('halted', 'The kill switch was turned on before the tool started.');
  }
  if (sinceChecksMs <= CHECKS_VALID_MS) return undefined;
  const seconds = Math.round(sinceChecksMs / 1000);
  return refused(
    'held_up',
    `The gateway was held up for ${seconds} s, so the tool was not started.`,
  );
}
