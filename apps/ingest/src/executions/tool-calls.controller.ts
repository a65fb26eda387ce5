import { Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { resolveCall, ulid } from '@signalbox/contracts';
import { AppError, parse, type JsonObject } from '@signalbox/kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { bytesOf, parseJson } from '../http/json-body.ts';
import { linkNext } from '../http/link-next.ts';
import { Documented } from '../openapi/operation.ts';
import { ReadSide } from '../operator/read-side.ts';
import { ServiceRequests } from '../operator/service-requests.ts';
import { Access } from '../security/access.ts';
import { listToolCalls, settleToolCall } from './tool-calls.operations.ts';

/** How the call stands now: one that is run once more may fail, or be lost again. */
const answerSchema = z.object({ status: z.string(), message: z.string().optional() });
const lost = {
  code: 'verdict_not_recorded',
  message: 'It is not known whether your verdict was stored. Look, and try again.',
};

/** What became of tool calls, and what a person has to say about those of which nobody knows. */
@Controller('api/tool-calls')
export class ToolCallsController {
  constructor(
    private readonly access: Access,
    private readonly readSide: ReadSide,
    private readonly requests: ServiceRequests,
  ) {}

  /** Oldest first, as a queue for people; the next page is linked as RFC 8288 has it. */
  @Get()
  @Documented(listToolCalls)
  async list(
    @Req() request: FastifyRequest,
    @Query() query: object,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<unknown> {
    this.access.actorOf(request.headers);
    const { rows, nextCursor } = await this.readSide.toolCalls(
      parse(listToolCalls.query, query, 'query'),
    );
    linkNext(reply, '/api/tool-calls', query, nextCursor);
    return rows;
  }

  @Post(':id/resolve')
  @HttpCode(200)
  @Documented(settleToolCall)
  async resolve(
    @Req() request: FastifyRequest,
    @Param() path: object,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<JsonObject> {
    const actor = this.access.actorOf(request.headers);
    const { id } = parse(settleToolCall.path, path, 'path');
    const said = parse(settleToolCall.body, parseJson(bytesOf(request)), 'resolve');
    if (!ulid.safeParse(id).success) throw noSuchCall(id);
    const command = resolveCall.of({
      callId: id,
      verdict: said.verdict,
      ...(said.note ? { note: said.note } : {}),
    });
    const asked = await this.requests.ask(command, { actor, answer: answerSchema, lost });
    if (asked.status === 'done') {
      const { status: outcome, message = null } = asked.answer;
      return { status: 'resolved', call_id: id, verdict: said.verdict, outcome, message };
    }
    reply.status(202);
    const message =
      'Your verdict is stored, but was not confirmed in time. It counts if the call is still parked then.';
    return { status: 'pending', message, call_id: id };
  }
}

function noSuchCall(id: string): AppError {
  return new AppError({
    code: 'tool_call_not_found',
    kind: 'missing',
    message: `There is no tool call ${id}.`,
  });
}
