import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import { parse } from '@signalbox/kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { idPath } from '../operator/queries.page.ts';
import { Access } from '../security/access.ts';
import { EVENT_STREAM_HEADERS } from './event-stream.ts';
import { LiveRuns } from './live-runs.ts';

/** What a browser sends when it comes back. */
const RESUME_HEADER = 'Last-Event-ID';
const headersSchema = z.object({ [RESUME_HEADER]: z.coerce.number().int().min(0).default(0) });

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
  async live(
    @Req() request: FastifyRequest,
    @Param() path: object,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    this.access.actorOf(request.headers);
    const { id } = parse(idPath, path, 'path');
    const sent = { [RESUME_HEADER]: request.headers[RESUME_HEADER.toLowerCase()] };
    const after = parse(headersSchema, sent, 'headers')[RESUME_HEADER];
    const bytes = await this.runs.follow(id, after);
    reply.raw.once('close', () => bytes.destroy());
    if (reply.raw.destroyed) return void bytes.destroy();
    void reply.status(200).headers(EVENT_STREAM_HEADERS).send(bytes);
  }
}
