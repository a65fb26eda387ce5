import { Controller, Get, Param, Query, Req, Res } from '@nestjs/common';
import { parse } from '@signalbox/kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Access } from '../security/access.ts';
import { linkNext } from '../http/link-next.ts';
import { idPath, named, pageFields } from './queries.page.ts';
import { ReadSide } from './read-side.ts';

const text = named.optional();

/** A filter that is not known is refused: an answer unfiltered would look like a filtered one. */
const auditQuery = z
  .strictObject({
    ...pageFields,
    since: z.iso
      .datetime({ offset: true })
      .transform((time) => new Date(time))
      .optional(),
    type: text,
    aggregate: text,
    aggregate_id: text,
    correlation_id: text,
    actor: text,
  })
  .transform(({ aggregate_id: aggregateId, correlation_id: correlationId, ...filter }) => ({
    ...filter,
    aggregateId,
    correlationId,
  }));

const problemsQuery = z.strictObject({
  ...pageFields,
  status: z.enum(['open', 'resolved']).optional(),
});

@Controller('api')
export class QueriesController {
  constructor(
    private readonly access: Access,
    private readonly readSide: ReadSide,
  ) {}

  /** Newest first; the next page is linked as RFC 8288 has it. */
  @Get('audit')
  async audit(
    @Req() request: FastifyRequest,
    @Query() query: object,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<unknown> {
    this.access.actorOf(request.headers);
    const filter = withoutUndefined(parse(auditQuery, query, 'query'));
    const { entries, nextCursor } = await this.readSide.audit(filter);
    linkNext(reply, '/api/audit', query, nextCursor);
    return entries;
  }

  @Get('why/:id')
  async why(@Req() request: FastifyRequest, @Param() path: object): Promise<unknown> {
    this.access.actorOf(request.headers);
    return this.readSide.why(parse(idPath, path, 'path').id);
  }

  /** What sources report on, the one that was reported last first, in pages. */
  @Get('problems')
  async problems(
    @Req() request: FastifyRequest,
    @Query() query: object,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<unknown> {
    this.access.actorOf(request.headers);
    const { rows, nextCursor } = await this.readSide.problems(parse(problemsQuery, query, 'query'));
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
