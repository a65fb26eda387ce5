import { Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { parse, type JsonObject } from '@signalbox/kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { bytesOf, parseJson } from '../http/json-body.ts';
import { linkNext } from '../http/link-next.ts';
import { Documented } from '../openapi/operation.ts';
import { ReadSide } from '../operator/read-side.ts';
import { Access } from '../security/access.ts';
import { CancelExecutionHandler } from './cancel-execution.handler.ts';
import { executionAnswer } from './execution-answer.ts';
import { ExecutionLog } from './execution-log.ts';
import { cancelExecution, listExecutions, showExecution } from './executions.operations.ts';

/** Runs of agents and workflows. */
@Controller('api/executions')
export class ExecutionsController {
  constructor(
    private readonly access: Access,
    private readonly readSide: ReadSide,
    private readonly log: ExecutionLog,
    private readonly cancelling: CancelExecutionHandler,
  ) {}

  /** The one of which something happened last comes first; the next page is linked (RFC 8288). */
  @Get()
  @Documented(listExecutions)
  async list(
    @Req() request: FastifyRequest,
    @Query() query: object,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<unknown> {
    this.access.actorOf(request.headers);
    const { rows, nextCursor } = await this.readSide.executions(
      parse(listExecutions.query, query, 'query'),
    );
    linkNext(reply, '/api/executions', query, nextCursor);
    return rows;
  }

  /** As it stands in the log, whatever the read models know. */
  @Get(':id')
  @Documented(showExecution)
  async show(@Req() request: FastifyRequest, @Param() path: object): Promise<JsonObject> {
    this.access.actorOf(request.headers);
    return executionAnswer(await this.log.read(parse(showExecution.path, path, 'path').id));
  }

  @Post(':id/cancel')
  @HttpCode(200)
  @Documented(cancelExecution)
  async cancel(
    @Req() request: FastifyRequest,
    @Param() path: object,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<JsonObject> {
    const actor = this.access.actorOf(request.headers);
    const { id } = parse(cancelExecution.path, path, 'path');
    const { reason } = parse(cancelExecution.body, parseJson(bytesOf(request)), 'cancel');
    const status = await this.cancelling.handle(id, reason, actor);
    if (status === 'cancelled') return { status, execution_id: id };
    reply.status(202);
    const message = 'The order is stored and will be carried out, but was not confirmed in time.';
    return { status, message, execution_id: id };
  }
}
