import type { NatsConnection } from '@nats-io/transport-node';
import {
  allEvents,
  type ExecutionEvent,
  type LeaseEvent,
  type SignalEvent,
  type ToolcallEvent,
} from '@signalbox/contracts';
import type { RecordedEvent } from '@signalbox/kernel';
import { JetStreamEventFeed } from '@signalbox/messaging';
import { ENVIRONMENT } from './fleet.ts';

/** The events that are read here; the stream has others too. */
export type AuditEvent = RecordedEvent<ExecutionEvent | LeaseEvent | SignalEvent | ToolcallEvent>;

/** What is read of the audit stream: all of it after each `refresh`. */
export class AuditLog {
  readonly events: AuditEvent[] = [];
  readonly #feed: JetStreamEventFeed;
  #position = 0;
  #reading: Promise<void> | undefined;

  constructor(connection: NatsConnection) {
    this.#feed = new JetStreamEventFeed({ connection, env: ENVIRONMENT, definitions: allEvents });
  }

  /** @throws AppError `unavailable` while the server is away. */
  refresh(): Promise<void> {
    this.#reading ??= this.#read().finally(() => (this.#reading = undefined));
    return this.#reading;
  }

  async #read(): Promise<void> {
    const following = await this.#feed.follow({
      after: this.#position,
      handle: (events, position) => {
        this.events.push(...(events as readonly AuditEvent[]));
        this.#position = position;
      },
    });
    try {
      await following.whenCaughtUp();
    } finally {
      await following.stop();
    }
  }
}

/** Events of one type. */
export function ofType<Type extends AuditEvent['type']>(
  events: readonly AuditEvent[],
  type: Type,
): readonly Extract<AuditEvent, { readonly type: Type }>[] {
  return events.filter(
    (event): event is Extract<AuditEvent, { readonly type: Type }> => event.type === type,
  );
}
