import { setTimeout as delay } from 'node:timers/promises';

const LIMIT_MS = 60_000;
const PAUSE_MS = 20;

/**
 * The first answer of `condition` that is neither false nor undefined.
 * @throws Error when `limitMs` have passed without one, and what `condition` throws.
 */
export async function eventually<T>(
  condition: () => Promise<T | false | undefined> | T | false | undefined,
  limitMs = LIMIT_MS,
  what = String(condition),
): Promise<T> {
  const giveUpAt = performance.now() + limitMs;
  for (;;) {
    const answer = await condition();
    if (answer !== false && answer !== undefined) return answer;
    if (performance.now() > giveUpAt) throw new Error(`not so within ${limitMs} ms: ${what}`);
    await delay(PAUSE_MS);
  }
}
