import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { RateLimits } from './rate-limits.ts';

/** Counts every request as soon as its route is known: a refused one costs neither body nor parsing. */
export function limitRequests(app: NestFastifyApplication): void {
  const limits = app.get(RateLimits);
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onRequest', (request) => limits.count(request));
}
