import type { NatsConnection } from '@nats-io/nats-core';
import type { Provider } from '@nestjs/common';
import { Clock } from '@signalbox/kernel';
import { EventStore } from '@signalbox/messaging';
import { ControlWatch, Environment, NATS_CONNECTION } from '@signalbox/service';
import { Metrics } from '../metrics/metrics.ts';
import { Backlog } from './backlog.ts';
import { OverdueSignals } from './overdue-signals.ts';
import { SignalStreams } from './signal-streams.ts';
import { idByBody } from './stream-places.ts';
import { UndecidedSignals } from './undecided-signals.ts';
import type { WatchdogConfig } from './watchdog.config.ts';
import { WatchdogMetrics } from './watchdog.metrics.ts';
import { Watchdog } from './watchdog.ts';

type OverdueNeeds = [UndecidedSignals, EventStore, Clock, ControlWatch, NatsConnection];

/** The watch over undecided signals, what it measures, and the limit that rests on it. */
export function watchdogProviders({ decisionSloMs, sourceBacklogMax }: WatchdogConfig): Provider[] {
  return [
    {
      provide: Metrics,
      inject: [NATS_CONNECTION, Environment],
      useFactory: (connection: NatsConnection, { name }: Environment) =>
        new Metrics(connection, name),
    },
    { provide: UndecidedSignals, useFactory: () => new UndecidedSignals() },
    WatchdogMetrics,
    {
      provide: SignalStreams,
      inject: [NATS_CONNECTION, Environment, UndecidedSignals, WatchdogMetrics],
      useFactory: (
        connection: NatsConnection,
        { name: env }: Environment,
        undecided: UndecidedSignals,
        metrics: WatchdogMetrics,
      ) => new SignalStreams({ connection, env, undecided, metrics }),
    },
    {
      provide: OverdueSignals,
      inject: [UndecidedSignals, EventStore, Clock, ControlWatch, NATS_CONNECTION],
      useFactory: (...[undecided, store, clock, control, connection]: OverdueNeeds) =>
        new OverdueSignals({
          undecided,
          store,
          clock,
          control,
          sloMs: decisionSloMs,
          idByBody: (signal) => idByBody(connection, signal),
        }),
    },
    Watchdog,
    {
      provide: Backlog,
      inject: [UndecidedSignals, SignalStreams, Clock],
      useFactory: (undecided: UndecidedSignals, streams: SignalStreams, clock: Clock) =>
        new Backlog({ undecided, streams, clock, max: sourceBacklogMax }),
    },
  ];
}
