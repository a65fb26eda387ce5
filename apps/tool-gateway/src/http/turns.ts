import { setImmediate } from 'node:timers/promises';

/** What one peer's messages may keep everybody else waiting for. */
const TURN_MS = 4;

/** Divides work that comes as fast as it is done, so that others get their turn in between. */
export class Turns {
  private endsAt = 0;

  get over(): boolean {
    return performance.now() >= this.endsAt;
  }

  /** Resolves when whoever waits has had a turn. */
  async next(): Promise<void> {
    await setImmediate();
    this.endsAt = performance.now() + TURN_MS;
  }
}
