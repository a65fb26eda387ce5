import { Injectable } from '@nestjs/common';
import { Clock } from '@signalbox/kernel';
import { Counter, Gauge } from 'prom-client';
import { Metrics } from '../metrics/metrics.ts';
import { UndecidedSignals } from './undecided-signals.ts';

/**
 * What the watchdog sees. Every replica of ingest sees everything: across replicas take the
 * largest, never the sum.
 */
@Injectable()
export class WatchdogMetrics {
  readonly accepted: Counter;
  readonly decided: Counter;
  readonly overdue: Counter;
  readonly full: Counter;
  readonly up: Gauge;

  constructor(
    private readonly metrics: Metrics,
    undecided: UndecidedSignals,
    clock: Clock,
  ) {
    this.accepted = this.counter('signals_accepted_total', 'Messages seen on the stream SIGNALS.');
    this.decided = this.counter('signals_decided_total', 'Terminal decisions seen.');
    this.overdue = this.counter('signals_overdue_total', 'Signals not decided within their time.');
    this.full = this.counter(
      'watchdog_full_total',
      'Times that the watchdog had to wait for decisions before it could watch more signals.',
    );
    this.up = this.gauge(
      'watchdog_up',
      '1 while the watchdog sees signals and decisions as they come.',
    );
    this.gauge('signals_undecided', 'Accepted signals without a decision.', () => undecided.size);
    this.gauge(
      'signal_oldest_undecided_seconds',
      'Age of the signal that waits longest for its decision; 0 when none does.',
      () => {
        const now = clock.now().getTime();
        return Math.max(0, now - (undecided.oldestAt ?? now)) / 1000;
      },
    );
  }

  private counter(name: string, help: string): Counter {
    return new Counter({ name: `signalbox_${name}`, help, registers: [this.metrics.registry] });
  }

  /** @param value is asked at every scrape. */
  private gauge(name: string, help: string, value?: () => number): Gauge {
    return new Gauge({
      name: `signalbox_${name}`,
      help,
      registers: [this.metrics.registry],
      ...(value && {
        collect() {
          this.set(value());
        },
      }),
    });
  }
}
