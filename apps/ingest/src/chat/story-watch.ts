import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { OUTCOME_EVENTS } from '@signalbox/executions';
import { AppError, type RecordedEvent } from '@signalbox/kernel';
import { EventFeed, followForever, type Following } from '@signalbox/messaging';
import { EventEmitter, once } from 'node:events';

/** No signal has this for its id. */
const LEFT = 'left';

/**
 * Tells those who wait for the outcome of a signal, or watch a run, when to look at the log again.
 * All of them share one follower, which is there only while somebody waits.
 */
@Injectable()
export class StoryWatch implements OnModuleDestroy {
  private readonly news = new EventEmitter().setMaxListeners(0);
  private readonly stopping = new AbortController();
  private following: Promise<Following> | undefined;
  private waiting = 0;

  constructor(private readonly events: EventFeed) {}

  /**
   * Runs `work` while the log is followed, so that `next` misses nothing.
   * @throws AppError `unavailable` when it cannot be followed; `work` has not begun then.
   */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.waiting++;
    try {
      await (this.following ??= this.follow());
      return await work();
    } finally {
      if (--this.waiting === 0) this.release();
      this.news.emit(LEFT);
    }
  }

  /**
   * Resolves when the outcome of a signal may have changed, or something happened in a run; also
   * when aborted, and at shutdown.
   * @param id of the signal, or of the run.
   */
  async next(id: string, abort: AbortSignal): Promise<void> {
    const signal = AbortSignal.any([abort, this.stopping.signal]);
    await once(this.news, id, { signal }).catch(() => undefined);
  }

  /** A service that goes keeps nobody waiting. */
  get isStopping(): boolean {
    return this.stopping.signal.aborted;
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    while (this.waiting > 0) await once(this.news, LEFT);
  }

  private follow(): Promise<Following> {
    return followForever(this.events, {
      name: 'what is waited for',
      aggregates: ['signal', 'execution', 'approval'],
      after: 'end',
      handle: (events) => events.forEach((event) => this.observe(event)),
    }).catch((cause: unknown) => {
      throw new AppError({
        code: 'outcome_not_followed',
        kind: 'unavailable',
        message: 'Nothing was taken: what would become of it cannot be followed now. Try again.',
        cause,
      });
    });
  }

  private release(): void {
    const { following } = this;
    this.following = undefined;
    following?.then((gone) => gone.stop()).catch(() => undefined);
  }

  private observe({ type, record }: RecordedEvent): void {
    if (OUTCOME_EVENTS.has(type)) this.news.emit(record.correlationId);
    if (record.aggregate === 'execution') this.news.emit(record.aggregateId);
  }
}
