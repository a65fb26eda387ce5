import { createContext, Script } from 'node:vm';

/** Of the processor, for one piece of work. */
export const WORK_MAX_MS = 500;
/** By the clock, for the last attempt at it: with those before it the process stands for 7.5 s at most. */
const ATTEMPT_MAX_MS = 4_000;
/** Who had less of its time on the processor was held up by others. */
const BUSY_SHARE = 0.8;

const room = createContext({ work: (): unknown => undefined });
const workInRoom = new Script('work()');

/**
 * Node can end what runs for too long only where it runs as a script of its own, and by the clock.
 * What was ended because the process had to wait is done again from its beginning, with twice the time.
 * @throws Error for which `isTimeout` is true.
 */
export function inTime<Result>(work: () => Result): Result {
  for (let limitMs = WORK_MAX_MS; ; limitMs *= 2) {
    const before = process.threadCpuUsage();
    try {
      return endedAfter(limitMs, work);
    } catch (error) {
      const { user, system } = process.threadCpuUsage(before);
      const wasHeldUp = (user + system) / 1_000 < BUSY_SHARE * WORK_MAX_MS;
      if (!isTimeout(error) || !wasHeldUp || limitMs >= ATTEMPT_MAX_MS) throw error;
    }
  }
}

export function isTimeout(error: unknown): boolean {
  return (error as { readonly code?: unknown }).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';
}

function endedAfter<Result>(timeout: number, work: () => Result): Result {
  room.work = work;
  return workInRoom.runInContext(room, { timeout, displayErrors: false }) as Result;
}
