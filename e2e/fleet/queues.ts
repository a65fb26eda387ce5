import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { listDeadLetters, streams } from '@signalbox/messaging';
import { ENVIRONMENT } from './fleet.ts';

/** How many commands nobody has finished. */
export async function commandsLeft(connection: NatsConnection): Promise<number> {
  const manager = await jetstreamManager(connection);
  return (await manager.streams.info(streams.commands)).state.messages;
}

/** One line for each dead letter. */
export async function deadLetters(connection: NatsConnection): Promise<readonly string[]> {
  const letters = await listDeadLetters(connection, `dlq.${ENVIRONMENT}.*`);
  return letters.map(
    ({ subject, code, message, deliveries }) =>
      `${subject}: ${code}: ${message} (${deliveries} deliveries)`,
  );
}
