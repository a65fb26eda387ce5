import { Controller, Get, Param, Post, Query, Req, Res } from '@nestjs/common';
import { parse, type JsonObject } from '@signalbox/kernel';
import { ControlWatch } from '@signalbox/service';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { bytesOf, parseJson } from '../http/json-body.ts';
import { Documented } from '../openapi/operation.ts';
import { Access } from '../security/access.ts';
import type { ApprovalAnswer } from './answers.ts';
import { listApprovals, resolveApproval } from './approvals.operations.ts';
import { linkNext } from '../http/link-next.ts';
import { ReadSide } from './read-side.ts';
import { ResolveApprovalHandler } from './resolve-approval.handler.ts';

@Controller('api/approvals')
export class ApprovalsController {
  constructor(
    private readonly access: Access,
    private readonly readSide: ReadSide,
    private readonly resolve: ResolveApprovalHandler,
    private readonly control: ControlWatch,
  ) {}

  /** What waits for a person, oldest first; the next page is linked as RFC 8288 has it. */
  @Get()
  @Documented(listApprovals)
  async list(
    @Req() request: FastifyRequest,
    @Query() query: object,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<readonly ApprovalAnswer[]> {
    this.access.actorOf(request.headers);
    const page = parse(listApprovals.query, query, 'query');
    const { rows, nextCursor } = await this.readSide.pendingApprovals(page, this.control.epoch);
    linkNext(reply, '/api/approvals', query, nextCursor);
    return rows;
  }

  @Post(':id')
  @Documented(resolveApproval)
  async decide(
    @Param('id') approvalId: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<JsonObject> {
    const actor = this.access.actorOf(request.headers);
    const { approved, note } = parse(resolveApproval.body, parseJson(bytesOf(request)), 'approval');
    const resolution = { approvalId, approved, note: note ?? undefined };
    const resolved = await this.resolve.handle(resolution, actor);
    reply.status(resolved.status === 'pending' ? 202 : 200);
    switch (resolved.status) {
      case 'granted':
        return {
          status: 'approved_and_executed',
          execution_id: resolved.executionId,
          approval_id: approvalId,
        };
      case 'rejected':
        return { status: 'rejected', message: 'Action rejected.', approval_id: approvalId };
      case 'pending':
        return {
          status: 'pending',
          message: 'Your answer is stored and will be carried out, but was not confirmed in time.',
          approval_id: approvalId,
        };
    }
  }
}
