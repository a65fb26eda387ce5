import { Controller, HttpCode, Post, Req } from '@nestjs/common';
import { parse, type JsonObject } from '@signalbox/kernel';
import type { FastifyRequest } from 'fastify';
import { bytesOf, parseJson } from '../http/json-body.ts';
import { Documented } from '../openapi/operation.ts';
import { Access } from '../security/access.ts';
import { kill, resume } from './control.operations.ts';
import { SwitchControlHandler } from './switch-control.handler.ts';

const NO_REASON = 'No reason given.';

@Controller('api')
export class ControlController {
  constructor(
    private readonly access: Access,
    private readonly control: SwitchControlHandler,
  ) {}

  @Post('kill')
  @HttpCode(200)
  @Documented(kill)
  async kill(@Req() request: FastifyRequest): Promise<JsonObject> {
    const actor = this.access.actorOf(request.headers);
    await this.control.handle({ to: 'halted', reason: reasonIn(request, kill) }, actor);
    return { status: 'killed', message: 'All operations halted.' };
  }

  @Post('resume')
  @HttpCode(200)
  @Documented(resume)
  async resume(@Req() request: FastifyRequest): Promise<JsonObject> {
    const actor = this.access.actorOf(request.headers);
    await this.control.handle({ to: 'running', reason: reasonIn(request, resume) }, actor);
    return { status: 'operational', message: 'Operations resumed.' };
  }
}

/** The body is optional: nobody should have to look up its shape to stop everything. */
function reasonIn(request: FastifyRequest, { body }: typeof kill | typeof resume): string {
  const bytes = bytesOf(request);
  return parse(body, bytes.length === 0 ? {} : parseJson(bytes), 'control').reason || NO_REASON;
}
