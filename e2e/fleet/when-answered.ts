import { setTimeout as delay } from 'node:timers/promises';

const ANSWERED_MAX_MS = 60_000;
const AGAIN_MS = 200;

/**
 * What is asked for, and asked for again while the server is away, elects a leader or stands still.
 * @throws what the last attempt did, after a minute.
 */
export async function whenAnswered<T>(ask: () => Promise<T>): Promise<T> {
  const giveUpAt = performance.now() + ANSWERED_MAX_MS;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (performance.now() > giveUpAt) throw error;
      await delay(AGAIN_MS);
    }
  }
}
