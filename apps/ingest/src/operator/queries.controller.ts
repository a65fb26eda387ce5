import { Controller, Get, Param, Query, Req, Res } from '@nestjs/common';
import { parse } from '@signalbox/kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Documented } from '../openapi/operation.ts';
import { Access } from '../security/access.ts';
import { linkNext } from '../http/link-next.ts';
import { audit, listProblems, why } from './queries.operations.ts';
import { ReadSide } from './read-side.ts';

@Controller('api')
export class QueriesController {
  constructor(
    private readonly access: Access,
    private readonly readSide: ReadSide,
  ) {}

  /** Newest first; the next page is linked as RFC 8288 has it. */
  @Get('audit')
  @Documented(audit)
  async audit(
    @Req() request: FastifyRequest,
    @Query() query: object,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<unknown> {
    this.access.actorOf(request.headers);
    const filter = withoutUndefined(parse(audit.query, query, 'query'));
    const { entries, nextCursor } = await this.readSide.audit(filter);
    linkNext(reply, '/api/audit', query, nextCursor);
    return entries;
  }

  @Get('why/:id')
  @Documented(why)
  async why(@Req() request: FastifyRequest, @Param() path: object): Promise<unknown> {
    this.access.actorOf(request.headers);
    return this.readSide.why(parse(why.path, path, 'path').id);
  }

  /** What sources report on, the one that was reported last first, in pages. */
  @Get('problems')
  @Documented(listProblems)
  async problems(
    @Req() request: FastifyRequest,
    @Query() query: object,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<unknown> {
    this.access.actorOf(request.headers);
    const { rows, nextCursor } = await this.readSide.problems(
      parse(listProblems.query, query, 'query'),
    );
    linkNext(reply, '/api/problems', query, nextCursor);
    return rows;
  }
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function withoutUndefined<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(
    Object.entries(value).filter(([, member]) => member !== undefined),
  ) as Defined<T>;
}
