import { Controller, Get, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Documented } from '../openapi/operation.ts';
import { readMetrics } from '../operator/service.operations.ts';
import { Access } from '../security/access.ts';
import { Metrics } from './metrics.ts';

@Controller('metrics')
export class MetricsController {
  constructor(
    private readonly access: Access,
    private readonly metrics: Metrics,
  ) {}

  /** In the text format of Prometheus, for whoever has the key: `authorization` in its job. */
  @Get()
  @Documented(readMetrics)
  async read(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    this.access.actorOf(request.headers);
    reply.header('content-type', this.metrics.registry.contentType);
    return this.metrics.registry.metrics();
  }
}
