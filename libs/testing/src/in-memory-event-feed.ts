import type { EventDefinition, RecordedEvent } from '@signalbox/kernel';
import { EventFeed, type Feed, type FollowOptions } from '@signalbox/messaging';
import { recorded } from './in-memory-event-store.ts';
import type { InMemoryLog } from './in-memory-log.ts';

const BATCH_EVENTS_MAX = 1_000;

/** Follows an `InMemoryLog` as a service follows the audit stream. */
export class InMemoryEventFeed extends EventFeed {
  readonly #log: InMemoryLog;
  readonly #definitions: readonly EventDefinition[];

  constructor(log: InMemoryLog, definitions: readonly EventDefinition[]) {
    super();
    this.#log = log;
    this.#definitions = definitions;
  }

  async follow(options: FollowOptions): Promise<Feed> {
    return new InMemoryFeed(this.#log, this.#definitions, options);
  }
}

function positionIn(log: InMemoryLog, after: FollowOptions['after']): number {
  if (typeof after === 'number') return after;
  const first = after === 'end' ? undefined : log.stored.find(({ record }) => record.time >= after);
  return first ? first.record.sequence - 1 : log.lastSequence;
}

class InMemoryFeed implements Feed {
  readonly #log: InMemoryLog;
  readonly #definitions: readonly EventDefinition[];
  readonly #options: FollowOptions;
  readonly #stopped = Promise.withResolvers<void>();
  readonly #endListening: () => void;
  #work: Promise<void> = Promise.resolve();
  #position: number;
  #ended = false;

  constructor(log: InMemoryLog, definitions: readonly EventDefinition[], options: FollowOptions) {
    this.#log = log;
    this.#definitions = definitions;
    this.#options = options;
    this.#position = positionIn(log, options.after);
    this.#stopped.promise.catch(() => undefined);
    this.#endListening = log.onAppend(() => this.#catchUp());
    this.#catchUp();
  }

  get position(): number {
    return this.#position;
  }

  get heardAt(): number {
    return Date.now();
  }

  async whenCaughtUp(): Promise<void> {
    await this.#work;
    if (this.#ended) await this.#stopped.promise;
  }

  whenStopped(): Promise<void> {
    return this.#stopped.promise;
  }

  async stop(): Promise<void> {
    this.#end();
    await this.#work;
    this.#stopped.resolve();
  }

  #catchUp(): void {
    this.#work = this.#work
      .then(() => this.#handleNew())
      .catch((error: unknown) => {
        this.#end();
        this.#stopped.reject(error);
      });
  }

  async #handleNew(): Promise<void> {
    const { aggregates, batchMax = BATCH_EVENTS_MAX } = this.#options;
    const end = aggregates ? this.#log.lastSequenceOfAll(aggregates) : this.#log.lastSequence;
    const followed = this.#log.stored.filter(
      ({ record }) =>
        record.sequence > this.#position && (aggregates?.includes(record.aggregate) ?? true),
    );
    for (let at = 0; at < followed.length && !this.#ended; at += batchMax) {
      const events = followed
        .slice(at, at + batchMax)
        .map((event): RecordedEvent => recorded(event, this.#definitions));
      await this.#hand(events, events.at(-1)?.record.sequence ?? this.#position);
    }
    if (end > this.#position && !this.#ended) await this.#hand([], end);
  }

  async #hand(events: readonly RecordedEvent[], position: number): Promise<void> {
    await this.#options.handle(events, position);
    this.#position = position;
  }

  #end(): void {
    this.#ended = true;
    this.#endListening();
  }
}
