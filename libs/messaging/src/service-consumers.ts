import type { NatsConnection } from '@nats-io/nats-core';
import { consumerDefaults } from './consumer-defaults.ts';
import { durableOf, ensureConsumer } from './consumer-settings.ts';
import { streams, subjectsOf } from './subjects.ts';

/** Makes what a service takes its commands from, for one that may not do so itself. */
export async function ensureConsumersOf(
  connection: NatsConnection,
  env: string,
  service: string,
): Promise<void> {
  const { commandsOf, firedFor, deadLetter } = subjectsOf(env);
  const filters = { [streams.commands]: commandsOf(service), [streams.timers]: firedFor(service) };
  for (const [stream, filter] of Object.entries(filters)) {
    await ensureConsumer(connection, {
      ...consumerDefaults,
      stream,
      durable: durableOf(env, service),
      filters: [filter],
      deadLetterSubject: deadLetter(service),
    });
  }
}
