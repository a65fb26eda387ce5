import type { NatsConnection } from '@nats-io/nats-core';
import { countDeadLetters, subjectsOf } from '@signalbox/messaging';
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';

/** What Prometheus reads of this process. */
export class Metrics {
  readonly registry = new Registry();
  /** Deliveries by the status code of their answer. */
  readonly deliveries = new Counter({
    name: 'signalbox_deliveries_total',
    help: 'Requests to /api/webhook, by the status code of the answer.',
    labelNames: ['answer'],
    registers: [this.registry],
  });

  constructor(connection: NatsConnection, env: string) {
    collectDefaultMetrics({ register: this.registry });
    const subject = subjectsOf(env).deadLetter('*');
    const gauge: Gauge = new Gauge({
      name: 'signalbox_dead_letters',
      help: 'Messages in the stream DLQ; NaN while NATS does not tell.',
      registers: [this.registry],
      collect: async () => gauge.set(await countDeadLetters(connection, subject).catch(() => NaN)),
    });
  }
}
