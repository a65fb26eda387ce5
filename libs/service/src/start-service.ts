import type { NatsConnection } from '@nats-io/nats-core';
import { Logger, type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { JetStreamTransport, startMaxDeliveriesMover, streams } from '@signalbox/messaging';
import type { PlatformConfig } from './config.ts';
import { ControlWatch } from './control-watch.ts';
import { Environment } from './environment.ts';
import { jsonLogger, redactLogs, type LogRedaction } from './json-logger.ts';
import { NATS_CONNECTION } from './platform.module.ts';
import 'reflect-metadata';

/**
 * Signals held for each that is handled, so that sources get their turns: as long as a source has
 * fewer waiting, it does not hold up the others.
 */
const HELD_FOR_EACH = 32;

export interface HttpOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly bodyLimitBytes: number;
  /** Limits of the server, and its answers to what never reaches a route. */
  readonly server?: NonNullable<ConstructorParameters<typeof FastifyAdapter>[0]> & object;
  /** What the edge adds before it listens: parsers, error filters. */
  configure?(app: NestFastifyApplication): void;
}

export interface ServiceOptions {
  readonly service: string;
  readonly module: DynamicModule;
  readonly config: PlatformConfig;
  /** Most messages of a stream handled at once; 16 when absent. More where handlers mostly wait. */
  readonly handlersAtOnce?: number;
  /** Absent for a service with no HTTP edge. */
  readonly http?: HttpOptions;
  /** Dead messages of all services are moved by the others: it has no rights to. */
  readonly leavesDeadMessages?: boolean;
  /** Takes secrets out of log lines; absent for a service that knows none. */
  readonly redactLog?: LogRedaction;
}

export interface RunningService {
  readonly name: string;
  /** Base URL of its HTTP edge. */
  readonly url?: string;
  /** Takes no new work, finishes what is in flight, and lets go of everything. */
  stop(): Promise<void>;
}

/** Builds the service's Nest application and resolves once it takes work. */
export async function startService(options: ServiceOptions): Promise<RunningService> {
  const { service, module, config, http, handlersAtOnce: concurrency } = options;
  const stopRedacting = options.redactLog ? redactLogs(options.redactLog) : () => undefined;
  const app = await NestFactory.create<NestFastifyApplication>(
    module,
    new FastifyAdapter({
      forceCloseConnections: true,
      ...(http ? { bodyLimit: http.bodyLimitBytes, ...http.server } : {}),
    }),
    { logger: jsonLogger(service, config), abortOnError: false, rawBody: http !== undefined },
  );
  const connection = app.get<NatsConnection>(NATS_CONNECTION);
  const edge = { connection, env: app.get(Environment).name, service };
  const tuning = concurrency
    ? {
        [streams.commands]: { concurrency },
        [streams.signals]: { concurrency, heldMax: HELD_FOR_EACH * concurrency },
      }
    : {};
  app.connectMicroservice({ strategy: new JetStreamTransport({ ...edge, tuning }) });
  http?.configure?.(app);
  await app.init();
  await app.startAllMicroservices();
  // Every service that may takes part, so that the messages that killed their handlers' process are moved
  // by whoever is left.
  const mover = options.leavesDeadMessages
    ? undefined
    : await startMaxDeliveriesMover({ ...edge, logger: app.get(Logger) });
  if (http) await app.listen(http.port, http.host);
  return {
    name: service,
    ...(http ? { url: await app.getUrl() } : {}),
    stop: async () => {
      // Nest closes its edges and waits for handlers first; they need the platform until the end.
      const control = app.get(ControlWatch);
      await app.close();
      await mover?.stop();
      await control.stop();
      await connection.drain();
      stopRedacting();
    },
  };
}
