import { setTimeout as delay } from 'node:timers/promises';

const PAUSE_MS = 20;

/** Asks again until the answer is true; false when `limitMs` has passed without it. */
export async function poll(
  condition: () => boolean | Promise<boolean>,
  limitMs: number,
): Promise<boolean> {
  const deadline = performance.now() + limitMs;
  while (!(await condition())) {
    if (performance.now() > deadline) return false;
    await delay(PAUSE_MS);
  }
  return true;
}
