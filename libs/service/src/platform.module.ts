import { PermissionViolationError, type NatsConnection } from '@nats-io/nats-core';
import { connect } from '@nats-io/transport-node';
import { Logger, Module, type DynamicModule, type Provider } from '@nestjs/common';
import { Clock, SystemClock, type EventDefinition } from '@signalbox/kernel';
import {
  BlobStore,
  CommandBus,
  EventFeed,
  EventStore,
  JetStreamBlobStore,
  JetStreamCommandBus,
  JetStreamEventFeed,
  JetStreamEventStore,
  JetStreamRecentCounts,
  JetStreamTimers,
  keepRatesStream,
  LeaderEventFeed,
  RecentCounts,
  Timers,
} from '@signalbox/messaging';
import type { PlatformConfig } from './config.ts';
import { ControlWatch } from './control-watch.ts';
import { Environment } from './environment.ts';
import { natsAddress } from './nats-address.ts';

/** Injection token of the service's one connection, for its adapters. */
export const NATS_CONNECTION = Symbol('NATS_CONNECTION');

const PING_INTERVAL_MS = 10_000;
const RECONNECT_WAIT_MS = 250;
/** A service waits for its server for ever, but says so. */
const WAITING_LOG_MS = 5_000;

export interface PlatformOptions {
  readonly service: string;
  /** The events that the service reads or writes. */
  readonly events: readonly EventDefinition[];
  readonly config: PlatformConfig;
  /** Follows by asking the leader: a service that may make no consumer, nor a stream. */
  readonly makesNoConsumers?: boolean;
}

/** The ports of the platform, for one service. */
@Module({})
export class PlatformModule {
  static register(options: PlatformOptions): DynamicModule {
    const { service, events, config } = options;
    const Feed = options.makesNoConsumers ? LeaderEventFeed : JetStreamEventFeed;
    const environment: Environment = {
      name: config.environment,
      service,
      instance: config.instance,
    };
    const source = `signalbox/${service}`;
    const provided: Provider[] = [
      { provide: Environment, useValue: environment },
      { provide: Clock, useClass: SystemClock },
      { provide: Logger, useFactory: () => new Logger(service) },
      { provide: NATS_CONNECTION, useFactory: () => connectTo(config.natsUrl, environment) },
      {
        provide: EventStore,
        inject: [NATS_CONNECTION, Clock],
        useFactory: (connection: NatsConnection, clock: Clock) =>
          new JetStreamEventStore({
            connection,
            env: environment.name,
            definitions: events,
            clock,
            source,
          }),
      },
      {
        provide: EventFeed,
        inject: [NATS_CONNECTION],
        useFactory: (connection: NatsConnection) =>
          new Feed({ connection, env: environment.name, definitions: events }),
      },
      ...senders(environment.name, source),
      recentCounts(environment.name, options.makesNoConsumers === true),
      ControlWatch,
    ];
    return {
      module: PlatformModule,
      providers: provided,
      exports: provided.map((p) => (typeof p === 'function' ? p : p.provide)),
    };
  }
}

function senders(env: string, source: string): Provider[] {
  return [
    {
      provide: CommandBus,
      inject: [NATS_CONNECTION, Clock],
      useFactory: (connection: NatsConnection, clock: Clock) =>
        new JetStreamCommandBus({ connection, env, source, clock }),
    },
    {
      provide: Timers,
      inject: [NATS_CONNECTION, Clock],
      useFactory: (connection: NatsConnection, clock: Clock) =>
        new JetStreamTimers({ connection, env, source, clock }),
    },
    {
      provide: BlobStore,
      inject: [NATS_CONNECTION],
      useFactory: (connection: NatsConnection) => new JetStreamBlobStore(connection),
    },
  ];
}

function recentCounts(env: string, makesNoStreams: boolean): Provider {
  return {
    provide: RecentCounts,
    inject: [NATS_CONNECTION, Clock, Logger],
    useFactory: (connection: NatsConnection, clock: Clock, logger: Logger) => {
      const failed = (error: unknown) =>
        logger.warn(`the stream of the counts cannot be made: ${String(error)}`);
      if (!makesNoStreams) void keepRatesStream(connection, failed).catch(failed);
      return new JetStreamRecentCounts({ connection, env, clock, logger });
    },
  };
}

async function connectTo(url: string, { service, instance }: Environment): Promise<NatsConnection> {
  const address = natsAddress(url);
  const late = setInterval(
    () => new Logger(service).warn(`no NATS server answers yet at ${address.servers.join(',')}`),
    WAITING_LOG_MS,
  );
  try {
    const connection = await connect({
      ...address,
      name: `signalbox/${service}/${instance}`,
      inboxPrefix: `_INBOX_${service}`,
      maxReconnectAttempts: -1,
      // A stack would be taken for each request, whether it fails or not.
      noAsyncTraces: true,
      reconnectTimeWait: RECONNECT_WAIT_MS,
      waitOnFirstConnect: true,
      pingInterval: PING_INTERVAL_MS,
    });
    void logViolations(connection, service);
    return connection;
  } finally {
    clearInterval(late);
  }
}

/** A right that is missing shows nowhere else: what is published without one is dropped. */
async function logViolations(connection: NatsConnection, service: string): Promise<void> {
  const logger = new Logger(service);
  for await (const status of connection.status()) {
    if (status.type !== 'error') continue;
    const { error } = status;
    if (!(error instanceof PermissionViolationError)) continue;
    logger.error(`the NATS server does not let us ${error.operation} ${error.subject}`);
  }
}
