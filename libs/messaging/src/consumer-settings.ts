import {
  AckPolicy,
  DeliverPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  jetstreamManager,
  ReplayPolicy,
  type ConsumerConfig,
} from '@nats-io/jetstream';
import { nanos, type NatsConnection } from '@nats-io/nats-core';
import { asToken } from './subjects.ts';

/** What the server keeps of a durable consumer. */
export interface ConsumerSettings {
  readonly stream: string;
  readonly durable: string;
  /** Subjects. */
  readonly filters: readonly string[];
  /** Without a word for this long the message is given to somebody else. */
  readonly ackWaitMs: number;
  /** After so many deliveries, whatever became of them, the message is a dead letter. */
  readonly deliveriesMax: number;
  /** Where its dead letters go. Kept with the consumer, for the mover to read. */
  readonly deadLetterSubject: string;
}

/** Name in the consumer's metadata. */
const DEAD_LETTERS = 'signalbox-dead-letters';
/** "consumer already exists", with other settings. */
const ALREADY_EXISTS = 10148;
/** Of all replicas together. */
const ACK_PENDING_MAX = 10_000;

/** The name under which all replicas of a service consume a stream in an environment. */
export function durableOf(env: string, service: string): string {
  return `${asToken(env)}_${service}`;
}

/**
 * Makes the consumer, or brings its settings up to date. One that is as it should be is only looked
 * at, which is all that a service with few rights may do.
 */
export async function ensureConsumer(
  connection: NatsConnection,
  settings: ConsumerSettings,
): Promise<void> {
  const { stream, durable } = settings;
  const { consumers } = await jetstreamManager(connection, { checkAPI: false });
  const config = configOf(settings);
  const found = await consumers.info(stream, durable).catch(absent);
  if (found && isAsWanted(found.config, config)) return;
  try {
    await consumers.add(stream, config);
  } catch (error) {
    if (!(error instanceof JetStreamApiError) || error.code !== ALREADY_EXISTS) throw error;
    // The client adds what it does not find here from what stands; there may be one kind of filter only.
    const { filter_subject, filter_subjects } = config;
    const filters = { filter_subject, filter_subjects } as Partial<ConsumerConfig>;
    await consumers.update(stream, durable, { ...config, ...filters });
  }
}

function absent(error: unknown): undefined {
  const isAbsent =
    error instanceof JetStreamApiError && error.code === JetStreamApiCodes.ConsumerNotFound;
  if (!isAbsent) throw error;
}

/** The server adds metadata of its own. */
function isAsWanted(found: ConsumerConfig, wanted: ConsumerConfig): boolean {
  const settingsOf = (config: ConsumerConfig) =>
    Object.keys(wanted).map((key) =>
      key === 'metadata' ? deadLetterSubjectOf(config) : config[key as keyof ConsumerConfig],
    );
  return JSON.stringify(settingsOf(found)) === JSON.stringify(settingsOf(wanted));
}

/** Where the dead letters of a consumer go; undefined when there is no such consumer of ours. */
export function deadLetterSubjectOf(config: ConsumerConfig): string | undefined {
  return config.metadata?.[DEAD_LETTERS];
}

function configOf(settings: ConsumerSettings): ConsumerConfig {
  const [one, ...more] = settings.filters;
  return {
    durable_name: settings.durable,
    ack_policy: AckPolicy.Explicit,
    deliver_policy: DeliverPolicy.All,
    replay_policy: ReplayPolicy.Instant,
    ...(one !== undefined && more.length === 0
      ? // In the request's subject too, where permissions can hold it.
        { filter_subject: one }
      : { filter_subjects: [...settings.filters] }),
    ack_wait: nanos(settings.ackWaitMs),
    max_deliver: settings.deliveriesMax,
    max_ack_pending: ACK_PENDING_MAX,
    metadata: { [DEAD_LETTERS]: settings.deadLetterSubject },
  };
}
