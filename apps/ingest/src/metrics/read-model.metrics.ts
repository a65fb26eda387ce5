import { Injectable } from '@nestjs/common';
import { Gauge } from 'prom-client';
import { ReadModelProgress } from '../operator/read-model-progress.ts';
import { ReadSide } from '../operator/read-side.ts';
import { Metrics } from './metrics.ts';

/** Every replica of ingest tells the same: across replicas take the largest, never the sum. */
@Injectable()
export class ReadModelMetrics {
  readonly lag: Gauge;

  constructor({ registry }: Metrics, readSide: ReadSide, progress: ReadModelProgress) {
    const measure = async () => (await progress.at(await readSide.position()))['lag'];
    this.lag = new Gauge({
      name: 'signalbox_read_models_lag',
      help: 'Events that the read models lack; NaN while Postgres or NATS does not tell.',
      registers: [registry],
      async collect() {
        const lag = await measure().catch(() => null);
        this.set(typeof lag === 'number' ? lag : Number.NaN);
      },
    });
  }
}
