import type { Stop } from '../ports/tool.port.ts';

/** The calls that this process is carrying out, by effect key. */
export class RunningCalls {
  private readonly running = new Map<
    string,
    { readonly work: Promise<unknown>; readonly controller: AbortController }
  >();

  /** A second copy of a call that still runs here waits for it, and then is looked at anew. */
  async alone<T>(callId: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    for (let other = this.running.get(callId); other; other = this.running.get(callId)) {
      await other.work.catch(() => undefined);
    }
    const controller = new AbortController();
    const started = work(controller.signal).finally(() => this.running.delete(callId));
    this.running.set(callId, { work: started, controller });
    return started;
  }

  /** Stops what can be stopped; what went out before is settled as usual. */
  abortAll(why: Stop): void {
    for (const { controller } of this.running.values()) controller.abort(why);
  }
}
