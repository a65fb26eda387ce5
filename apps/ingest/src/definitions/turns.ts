import { setImmediate } from 'node:timers/promises';

/** So long others are kept waiting at a time, by one piece of work more. */
const TURN_MAX_MS = 10;

/**
 * For long work in small pieces: called before each piece, the answer lets everybody else have a
 * turn when this work has had its own.
 */
export function turns(): () => Promise<void> {
  let began = performance.now();
  return async () => {
    if (performance.now() - began < TURN_MAX_MS) return;
    await setImmediate();
    began = performance.now();
  };
}
