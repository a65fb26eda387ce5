import { drawAt } from './draw.ts';

/**
 * `slow` dribbles its answer for seconds, `silent` never answers, `cut` breaks off in the middle of
 * it, `limited` is 429 with Retry-After, `broken` is 500.
 */
export const modelFaults = ['slow', 'silent', 'cut', 'limited', 'broken'] as const;
export type ModelFault = (typeof modelFaults)[number];

const SHARE = 0.15;

/** What goes wrong with an attempt at a step of a run, if anything. */
export function modelFaultAt(
  seed: number,
  ...[run, step, attempt]: readonly [number, number, number]
): ModelFault | undefined {
  const drawn = drawAt(seed, run, step, attempt);
  return drawn < SHARE ? modelFaults[Math.floor((drawn / SHARE) * modelFaults.length)] : undefined;
}
