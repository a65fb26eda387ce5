import {
  JetStreamApiCodes,
  JetStreamApiError,
  jetstreamManager,
  RetentionPolicy,
  type JetStreamManager,
} from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { parse } from '@signalbox/kernel';
import { z } from 'zod';
import { jsonBody } from './command-codec.ts';
import { consume, type ConsumeOptions, type RunningConsumer } from './consumer.ts';
import { consumerDefaults } from './consumer-defaults.ts';
import { deadLetterSubjectOf, durableOf } from './consumer-settings.ts';
import { publishDeadLetter } from './dead-letters.ts';
import type { ReceivedMessage } from './received-message.ts';
import { readFromLeader } from './stream-reader.ts';
import { streams, subjectsOf } from './subjects.ts';

const SERVICE = 'max-deliveries-mover';

/** https://github.com/nats-io/nats-server/blob/main/server/jetstream_events.go, JSConsumerDeliveryExceededAdvisory */
const advisorySchema = z.object({
  stream: z.string(),
  consumer: z.string(),
  stream_seq: z.int().positive(),
  deliveries: z.int().positive(),
});

/**
 * Handles the server's notice that a message was delivered as often as may be and never settled
 * (its handler kills the process, for instance): the message becomes a dead letter, and leaves
 * its work queue. Doing it twice changes nothing. Notices of other environments are not ours.
 */
export async function moveExhausted(
  connection: NatsConnection,
  env: string,
  notice: ReceivedMessage,
): Promise<void> {
  const advisory = parse(advisorySchema, jsonBody(notice), 'max-deliveries advisory');
  const { stream, stream_seq: sequence, consumer, deliveries } = advisory;
  const manager = await jetstreamManager(connection, { checkAPI: false });
  const deadLetterSubject = await deadLettersOf(manager, stream, consumer);
  if (!deadLetterSubject?.startsWith(subjectsOf(env).deadLetter(''))) return;
  const stuck = await readFromLeader(connection, stream, { seq: sequence });
  if (!stuck) return;
  const { subject, time, payload: bytes, headers } = stuck;
  await publishDeadLetter(connection, deadLetterSubject, {
    service: deadLetterSubject.split('.').at(-1) ?? '',
    error: {
      code: 'deliveries_exhausted',
      message: `delivered ${deliveries} times to ${consumer} and never settled`,
    },
    source: { stream, subject, sequence, time, deliveries, headers, bytes },
  });
  const { config } = await manager.streams.info(stream);
  if (config.retention !== RetentionPolicy.Workqueue) return;
  await manager.streams.deleteMessage(stream, sequence, false);
}

/** Undefined for a consumer that is gone, or is not ours. */
async function deadLettersOf(manager: JetStreamManager, stream: string, consumer: string) {
  try {
    return deadLetterSubjectOf((await manager.consumers.info(stream, consumer)).config);
  } catch (error) {
    const gone =
      error instanceof JetStreamApiError && error.code === JetStreamApiCodes.ConsumerNotFound;
    if (gone) return undefined;
    throw error;
  }
}

export interface MoverOptions {
  readonly connection: NatsConnection;
  readonly env: string;
  readonly logger: ConsumeOptions['logger'];
}

/** Runs the mover of an environment; any number of processes may, they share the work. */
export function startMaxDeliveriesMover(options: MoverOptions): Promise<RunningConsumer> {
  const { connection, env, logger } = options;
  return consume({
    ...consumerDefaults,
    connection,
    service: SERVICE,
    logger,
    stream: streams.advisories,
    durable: durableOf(env, SERVICE),
    filters: ['$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.>'],
    deadLetterSubject: subjectsOf(env).deadLetter(SERVICE),
    handle: (notice) => moveExhausted(connection, env, notice),
  });
}
