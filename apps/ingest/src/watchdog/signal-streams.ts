import type { NatsConnection } from '@nats-io/nats-core';
import { decisionMade, isSignalIdInHeaders, signalIdOf } from '@signalbox/contracts';
import {
  deadLetterOrigin,
  envelopeOf,
  followMessages,
  streams,
  subjectsOf,
  type MessageFollower,
  type ReceivedMessage,
} from '@signalbox/messaging';
import { setTimeout as delay } from 'node:timers/promises';
import { endOf, firstSince, routerProgress } from './stream-places.ts';
import type { UndecidedSignals } from './undecided-signals.ts';
import type { WatchdogMetrics } from './watchdog.metrics.ts';

/** Headers of messages that wait here, some 1 KB each. */
const AHEAD_MAX = 2_000;
/** Who is silent for longer is out of sight; the server speaks every 2 s. */
const SILENCE_MAX_MS = 10_000;
const POLL_MS = 20;

export interface SignalStreamsOptions {
  readonly connection: NatsConnection;
  readonly env: string;
  readonly undecided: UndecidedSignals;
  readonly metrics: WatchdogMetrics;
}

/** Follows what is accepted, decided and given up, and keeps `undecided` by it. */
export class SignalStreams {
  readonly #options: SignalStreamsOptions;
  readonly #subjects: ReturnType<typeof subjectsOf>;
  readonly #stopping = new AbortController();
  #followers: MessageFollower[] = [];
  #caughtUp = false;

  constructor(options: SignalStreamsOptions) {
    this.#options = options;
    this.#subjects = subjectsOf(options.env);
  }

  /** True once everything has been seen that stood in the streams when this began. */
  get caughtUp(): boolean {
    return this.#caughtUp;
  }

  /** False before that, and while one of the streams is silent. */
  get inSight(): boolean {
    const since = Date.now() - SILENCE_MAX_MS;
    return this.#caughtUp && this.#followers.every(({ heardAt }) => heardAt > since);
  }

  /**
   * The last sequence of SIGNALS that was given to the router.
   * @throws what the server says.
   */
  async delivered(): Promise<number> {
    const { connection, env } = this.#options;
    return (await routerProgress(connection, env)).delivered;
  }

  /**
   * Begins behind what the router has settled. Signals come first and then decisions, from as far
   * back as the oldest signal, so that none of these is seen before its signal.
   * @throws what the server says; to be called again then.
   */
  async begin(): Promise<void> {
    await this.#stopFollowing();
    const { connection, env, undecided } = this.#options;
    const ends = {
      [streams.audit]: await endOf(connection, streams.audit),
      [streams.deadLetters]: await endOf(connection, streams.deadLetters),
    };
    const { settled } = await routerProgress(connection, env);
    const signals = await this.#follow(streams.signals, this.#subjects.signals, settled + 1);
    await this.#until(() => signals.left === 0 || undecided.isFull);
    const time = undecided.oldestAt === undefined ? undefined : new Date(undecided.oldestAt);
    const outcomes = [
      [streams.audit, this.#subjects.aggregates('signal')],
      [streams.deadLetters, this.#subjects.deadLetter('router')],
    ] as const;
    for (const [stream, subject] of outcomes) {
      const first = time && (await firstSince(connection, { stream, subject, time }));
      const follower = await this.#follow(stream, subject, first ?? ends[stream]);
      await this.#until(() => follower.left === 0);
    }
    this.#caughtUp = true;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#stopFollowing();
  }

  async #stopFollowing(): Promise<void> {
    await Promise.all(this.#followers.splice(0).map((follower) => follower.stop()));
  }

  async #follow(stream: string, filter: string, from: number): Promise<MessageFollower> {
    const follower = await followMessages({
      connection: this.#options.connection,
      stream,
      filter,
      from,
      headersOnly: true,
      aheadMax: AHEAD_MAX,
      handle: (message) =>
        stream === streams.signals ? this.#accepted(message) : this.#ended(message),
    });
    this.#followers.push(follower);
    if (this.#stopping.signal.aborted) await this.#stopFollowing();
    return follower;
  }

  async #until(condition: () => boolean): Promise<void> {
    const { signal } = this.#stopping;
    while (!condition()) await delay(POLL_MS, undefined, { signal });
  }

  async #accepted(message: ReceivedMessage): Promise<void> {
    const { undecided, metrics } = this.#options;
    const { sequence, subject, time, headers } = message;
    metrics.accepted.inc();
    undecided.accepted({
      sequence,
      signalId: signalIdOf(message),
      // Bodies are not read before there is a doubt: that would double the load of who publishes.
      isIdAssumed: !isSignalIdInHeaders(headers),
      subject,
      acceptedAt: time.getTime(),
    });
    if (!undecided.isFull) return;
    metrics.full.inc();
    await this.#until(() => !undecided.isFull).catch(() => undefined);
  }

  #ended(message: ReceivedMessage): void {
    const { undecided, metrics } = this.#options;
    const { stream, headers } = message;
    if (stream === streams.deadLetters) {
      const origin = deadLetterOrigin(headers);
      if (origin.stream === streams.signals) undecided.deadLettered(origin.sequence);
      return;
    }
    const event = envelopeOf(message);
    if (event?.type !== decisionMade.type) return;
    metrics.decided.inc();
    undecided.decided(event.record.aggregateId);
  }
}
