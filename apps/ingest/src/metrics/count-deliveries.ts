import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Metrics } from './metrics.ts';

/** Counts the answers to deliveries, those of errors and limits included. */
export function countDeliveries(app: NestFastifyApplication): void {
  const { deliveries } = app.get(Metrics);
  const server = app.getHttpAdapter().getInstance();
  server.addHook('onResponse', (request, reply, done) => {
    const isDelivery = request.routeOptions.url?.startsWith('/api/webhook') === true;
    if (isDelivery) deliveries.inc({ answer: reply.statusCode });
    done();
  });
}
