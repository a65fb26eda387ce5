import type { RecordedEvent } from '@signalbox/kernel';

export interface FollowOptions {
  /** Aggregates to follow; all when absent. */
  readonly aggregates?: readonly string[];
  /**
   * The audit sequence after which to begin; 0 for everything, `end` for what is yet to come, a
   * time for what was stored at or after it.
   */
  readonly after: number | 'end' | Date;
  /** Most events given to `handle` at once; 1000 when absent. */
  readonly batchMax?: number;
  /**
   * Called with events in stream order, one call at a time. When it throws, the feed stops and
   * `whenStopped` rejects with the reason: a follower that missed an event must not go on.
   * Messages that are no events are left out, so there may be none.
   * @param position the audit sequence up to which everything has been handed over then.
   */
  handle(events: readonly RecordedEvent[], position: number): Promise<void> | void;
}

export interface Feed {
  /** The audit sequence up to which everything is handled. */
  readonly position: number;
  /** When the server was last heard of (event or heartbeat), as epoch milliseconds. */
  readonly heardAt: number;
  /** Resolves once everything that stood in the stream when this was called is handled. */
  whenCaughtUp(): Promise<void>;
  /** Settles when the feed ends: resolves after `stop`, rejects when `handle` threw. */
  whenStopped(): Promise<void>;
  stop(): Promise<void>;
}

/** Reads the audit stream in order and goes on with what is appended; survives reconnects. */
export abstract class EventFeed {
  abstract follow(options: FollowOptions): Promise<Feed>;
}
