/** Why a model call is given up before it answers. */
export type Abortion = 'halted' | 'stopping' | 'ended' | 'deadline';

/** The longest delay that a timer of Node takes; a longer one would end at once. */
const DELAY_MAX_MS = 2 ** 31 - 1;

/** A model call of this process; `signal.reason` is an `Abortion`. */
export interface CallUnderWay extends Disposable {
  readonly signal: AbortSignal;
  abort(why: Abortion): void;
}

/** The model calls of this process, so that what ends a run ends its call too. */
export class CallsUnderWay {
  readonly #ofRuns = new Map<string, Set<AbortController>>();
  #stopping = false;

  /** @param remainingMs until the run's deadline. */
  begin(executionId: string, remainingMs = Infinity): CallUnderWay {
    const controller = new AbortController();
    const ofRun = this.#ofRuns.get(executionId) ?? new Set();
    this.#ofRuns.set(executionId, ofRun.add(controller));
    if (this.#stopping) controller.abort('stopping' satisfies Abortion);
    const abort = (why: Abortion) => controller.abort(why);
    const timer = setTimeout(abort, Math.min(remainingMs, DELAY_MAX_MS), 'deadline').unref();
    return {
      signal: controller.signal,
      abort,
      [Symbol.dispose]: () => {
        clearTimeout(timer);
        ofRun.delete(controller);
        if (ofRun.size === 0) this.#ofRuns.delete(executionId);
      },
    };
  }

  has(executionId: string): boolean {
    return this.#ofRuns.has(executionId);
  }

  /** Gives up what the run asks, here. */
  endOf(executionId: string): void {
    for (const controller of this.#ofRuns.get(executionId) ?? []) {
      controller.abort('ended' satisfies Abortion);
    }
  }

  /** Gives up every call, and every one to come. */
  stop(): void {
    this.#stopping = true;
    for (const ofRun of this.#ofRuns.values()) {
      for (const controller of ofRun) controller.abort('stopping' satisfies Abortion);
    }
  }
}
