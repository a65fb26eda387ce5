import type { NatsConnection } from '@nats-io/nats-core';
import type { Provider } from '@nestjs/common';
import { Clock } from '@signalbox/kernel';
import { Environment, NATS_CONNECTION } from '@signalbox/service';
import { ReadModelMetrics } from '../metrics/read-model.metrics.ts';
import { ReadModelProgress } from './read-model-progress.ts';
import { ReadSide } from './read-side.ts';
import { StatusCounts } from './status-counts.ts';

/** What is asked of the read models, and how far these are behind. */
export function readModelProviders(databaseUrl: string | undefined): Provider[] {
  return [
    { provide: ReadSide, useFactory: () => new ReadSide(databaseUrl) },
    {
      provide: ReadModelProgress,
      inject: [NATS_CONNECTION, Environment, Clock],
      useFactory: (connection: NatsConnection, { name: env }: Environment, clock: Clock) =>
        new ReadModelProgress({ connection, env, clock }),
    },
    ReadModelMetrics,
    StatusCounts,
  ];
}
