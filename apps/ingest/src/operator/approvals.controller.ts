import { Controller, Get, Param, Post, Req, Res } from '@nestjs/common';
import { parse, type JsonObject } from '@signalbox/kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { bytesOf, parseJson } from '../http/json-body.ts';
import { Access } from '../security/access.ts';
import type { ApprovalAnswer } from './answers.ts';
import { ReadSide } from './read-side.ts';
import { ResolveApprovalHandler } from './resolve-approval.handler.ts';

const bodySchema = z.object({
  approved: z.boolean(),
  note: z.string().max(2000).nullish(),
});

@Controller('api/approvals')
export class ApprovalsController {
  constructor(
    private readonly access: Access,
    private readonly readSide: ReadSide,
    private readonly resolve: ResolveApprovalHandler,
  ) {}

  @Get()
  async list(@Req() request: FastifyRequest): Promise<readonly ApprovalAnswer[]> {
    this.access.actorOf(request.headers);
    return this.readSide.pendingApprovals();
  }

  @Post(':id')
  async decide(
    @Param('id') approvalId: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<JsonObject> {
    const actor = this.access.actorOf(request.headers);
    const { approved, note } = parse(bodySchema, parseJson(bytesOf(request)), 'approval');
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
