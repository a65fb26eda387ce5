import { Logger } from '@nestjs/common';
import { AppError, asAppError } from '@signalbox/kernel';
import { setTimeout as delay } from 'node:timers/promises';
import type { EventFeed, Feed, FollowOptions } from './event-feed.port.ts';

const FOLLOW_AGAIN_MS = 500;

export interface FollowForeverOptions extends Pick<FollowOptions, 'handle'> {
  /** What is followed, in words, for the log. */
  readonly name: string;
  readonly aggregates: readonly string[];
  /** Begins with what is yet to come, or was stored since; with the first event when absent. */
  readonly after?: 'end' | Date;
}

/**
 * Follows aggregates from their first event, from a time or from now on, and again from where it was whenever
 * the feed stops, for whatever reason. Resolves once everything that stood in the stream is handled.
 * A batch that `handle` did not finish is handed to it once more.
 * @throws AppError `unavailable` when it cannot begin.
 */
export async function followForever(
  events: EventFeed,
  options: FollowForeverOptions,
): Promise<Following> {
  const following = new Following(events, options);
  await following.start();
  return following;
}

export class Following {
  readonly #logger = new Logger(followForever.name);
  readonly #events: EventFeed;
  readonly #options: FollowForeverOptions;
  readonly #stopping = new AbortController();
  #feed: Feed | undefined;
  #kept: Promise<void> | undefined;
  #position: FollowOptions['after'];
  #live = false;
  #trouble: AppError | undefined;
  #lastHeardAt = 0;

  constructor(events: EventFeed, options: FollowForeverOptions) {
    this.#events = events;
    this.#options = options;
    this.#position = options.after ?? 0;
  }

  /** False from the loss of a feed until the next one has caught up. */
  get live(): boolean {
    return this.#live;
  }

  /** Why it is not `live`, if more is known than that nothing is heard. */
  get trouble(): AppError | undefined {
    return this.#live ? undefined : this.#trouble;
  }

  /** When the server was last heard of while `live`, as epoch milliseconds. */
  get heardAt(): number {
    return this.#live && this.#feed ? this.#feed.heardAt : this.#lastHeardAt;
  }

  async start(): Promise<void> {
    const feed = await this.#follow();
    this.#kept = this.#keep(feed);
  }

  /**
   * Resolves once everything that stood in the stream when this was called is handled.
   * @throws AppError `unavailable` when the feed is lost before that.
   */
  async whenCaughtUp(): Promise<void> {
    if (!this.#live) throw this.#lost();
    try {
      await this.#feed?.whenCaughtUp();
    } catch (cause) {
      throw this.#lost(cause);
    }
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#feed?.stop();
    await this.#kept;
  }

  /** It is not `live` before it has caught up: what was missed may hold a halt. */
  async #follow(): Promise<Feed> {
    const { aggregates, handle } = this.#options;
    const feed = await this.#events.follow({
      aggregates,
      after: this.#position,
      handle: async (batch, position) => {
        await handle(batch, position);
        this.#position = position;
      },
    });
    // Where it was when this began: what comes while the feed is lost must not be left out.
    if (typeof this.#position !== 'number') this.#position = feed.position;
    this.#feed = feed;
    if (this.#stopping.signal.aborted) await feed.stop();
    try {
      await feed.whenCaughtUp();
    } catch (error) {
      await feed.stop();
      throw error;
    }
    this.#live = true;
    return feed;
  }

  async #keep(first: Feed): Promise<void> {
    const { signal } = this.#stopping;
    let feed: Feed | undefined = first;
    for (;;) {
      let reason: unknown = 'it ended';
      try {
        feed ??= await this.#follow();
        await feed.whenStopped();
      } catch (error) {
        reason = error;
        this.#trouble = asAppError(error);
      }
      feed = undefined;
      this.#lastHeardAt = this.heardAt;
      this.#live = false;
      if (signal.aborted) return;
      this.#logger.warn(`${this.#options.name}: lost, following again: ${String(reason)}`);
      await delay(FOLLOW_AGAIN_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  #lost(cause?: unknown): AppError {
    return new AppError({
      code: 'event_feed_lost',
      kind: 'unavailable',
      message: `The stream is not followed at present: ${this.#options.name}.`,
      cause,
    });
  }
}
