import { createInbox, type NatsConnection } from '@nats-io/nats-core';
import type { NatsConnectionImpl } from '@nats-io/nats-core/internal';

/** A new inbox under the connection's own prefix, so that permissions can keep services apart. */
export function inboxOf(connection: NatsConnection): string {
  return createInbox((connection as NatsConnectionImpl).options.inboxPrefix);
}
