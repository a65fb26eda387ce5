import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import { parse } from '@signalbox/kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Documented } from '../openapi/operation.ts';
import { Access } from '../security/access.ts';
import { EVENT_STREAM_HEADERS } from './event-stream.ts';
import { RESUME_HEADER, watchExecution } from './executions.operations.ts';
import { LiveRuns } from './live-runs.ts';

@Controller('api/executions')
export class LiveController {
  constructor(
    private readonly access: Access,
    private readonly runs: LiveRuns,
  ) {}

  /**
   * Server-sent events: those of the run from its beginning, and `text` while the model speaks.
   * Ends with `end`; a stream that breaks off without it may be asked for again from where it was.
   */
  @Get(':id/live')
  @Documented(watchExecution)
  async live(
    @Req() request: FastifyRequest,
    @Param() path: object,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    this.access.actorOf(request.headers);
    const { id } = parse(watchExecution.path, path, 'path');
    const sent = { [RESUME_HEADER]: request.headers[RESUME_HEADER.toLowerCase()] };
    const after = parse(watchExecution.headers, sent, 'headers')[RESUME_HEADER];
    const bytes = await this.runs.follow(id, after);
    reply.raw.once('close', () => bytes.destroy());
    if (reply.raw.destroyed) return void bytes.destroy();
    void reply.status(200).headers(EVENT_STREAM_HEADERS).send(bytes);
  }
}
