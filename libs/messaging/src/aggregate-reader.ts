import type { NatsConnection } from '@nats-io/nats-core';
import type { EventCodec } from './event-codec.ts';
import type { StoredMessage } from './event-envelope.ts';
import type { Head } from './event-store.port.ts';
import { headerNames } from './headers.ts';
import { readFromLeader, readSubject } from './stream-reader.ts';
import { streams } from './subjects.ts';

/** Reads the messages on the subject of one aggregate, be they events or not. */
export class AggregateReader {
  readonly #connection: NatsConnection;
  readonly #codec: EventCodec;

  constructor(connection: NatsConnection, codec: EventCodec) {
    this.#connection = connection;
    this.#codec = codec;
  }

  /** Quick; a replica that lags may leave out the newest. */
  readAfter(subject: string, after: number): Promise<StoredMessage[]> {
    return readSubject(this.#connection, streams.audit, subject, after);
  }

  /** The last message, by the leader's word. */
  tail(subject: string): Promise<StoredMessage | undefined> {
    return readFromLeader(this.#connection, streams.audit, { last_by_subj: subject });
  }

  /** The leader's tail says how far the quick read has to reach; what it misses is asked again. */
  async readFresh(subject: string, after: Head): Promise<StoredMessage[]> {
    const tail = await this.tail(subject);
    if (!tail || tail.sequence <= after.sequence) return [];
    const isNext = tail.headers[headerNames.version] === `${after.version + 1}`;
    if (isNext && this.#codec.isEvent(tail)) return [tail];
    const messages = await this.readAfter(subject, after.sequence);
    for (;;) {
      const reached = messages.at(-1)?.sequence ?? after.sequence;
      if (reached >= tail.sequence) return messages;
      const next = await this.#nextAfter(subject, reached);
      if (!next) return messages;
      messages.push(next);
    }
  }

  /**
   * The first event behind a sequence, by the leader's word, and the last message before it: that
   * is another than `after` where somebody published what is no event.
   */
  async nextEvent(
    subject: string,
    after: number,
  ): Promise<{ readonly event: StoredMessage | undefined; readonly behind: number }> {
    for (let behind = after; ;) {
      const next = await this.#nextAfter(subject, behind);
      if (!next || this.#codec.isEvent(next)) return { event: next, behind };
      behind = next.sequence;
    }
  }

  #nextAfter(subject: string, sequence: number): Promise<StoredMessage | undefined> {
    const query = { next_by_subj: subject, seq: sequence + 1 };
    return readFromLeader(this.#connection, streams.audit, query);
  }
}
