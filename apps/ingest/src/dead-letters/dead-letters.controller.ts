import { Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { parse } from '@signalbox/kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { linkNext } from '../http/link-next.ts';
import { Documented } from '../openapi/operation.ts';
import { Access } from '../security/access.ts';
import {
  deadLetterAnswer,
  deadLetterDetail,
  type DeadLetterAnswer,
  type DeadLetterDetail,
} from './answers.ts';
import { DeadLetters } from './dead-letters.ts';
import { listDeadLetters, redriveDeadLetter, showDeadLetter } from './dead-letters.operations.ts';
import { RedriveDeadLetterHandler } from './redrive-dead-letter.handler.ts';

@Controller('api/dlq')
export class DeadLettersController {
  constructor(
    private readonly access: Access,
    private readonly deadLetters: DeadLetters,
    private readonly redrive: RedriveDeadLetterHandler,
  ) {}

  /** Newest first; the next page is linked as RFC 8288 has it. */
  @Get()
  @Documented(listDeadLetters)
  async list(
    @Req() request: FastifyRequest,
    @Query() query: object,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<readonly DeadLetterAnswer[]> {
    this.access.actorOf(request.headers);
    const { limit, cursor } = parse(listDeadLetters.query, query, 'query');
    const letters = await this.deadLetters.list({ limit, before: cursor });
    const nextCursor = letters.length === limit ? letters.at(-1)?.sequence : undefined;
    linkNext(reply, '/api/dlq', query, nextCursor);
    return letters.map(deadLetterAnswer);
  }

  @Get(':sequence')
  @Documented(showDeadLetter)
  async show(@Req() request: FastifyRequest, @Param() path: object): Promise<DeadLetterDetail> {
    this.access.actorOf(request.headers);
    return deadLetterDetail(
      await this.deadLetters.read(parse(showDeadLetter.path, path, 'path').sequence),
    );
  }

  /** Answers once it is back on the stream where it came from, and gone from here. */
  @Post(':sequence/redrive')
  @HttpCode(200)
  @Documented(redriveDeadLetter)
  async putBack(
    @Req() request: FastifyRequest,
    @Param() path: object,
  ): Promise<{ readonly status: 'redriven'; readonly sequence: number; readonly subject: string }> {
    const actor = this.access.actorOf(request.headers);
    const letter = await this.redrive.handle(
      parse(redriveDeadLetter.path, path, 'path').sequence,
      actor,
    );
    return { status: 'redriven', sequence: letter.sequence, subject: letter.subject };
  }
}
