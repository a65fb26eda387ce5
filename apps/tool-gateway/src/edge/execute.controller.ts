import { Body, Controller, Get, Headers, HttpCode, HttpException, Ip, Post } from '@nestjs/common';
import { HALT_CLAUSES, type ToolOutcome } from '@signalbox/contracts';
import { jsonObject, parse, type Json } from '@signalbox/kernel';
import { z } from 'zod';
import { DirectCalls } from './direct-calls.ts';
import { EdgeAccess } from './edge-access.ts';

const request = z.object({
  tool_name: z.string().regex(/^[a-zA-Z0-9_-]{1,100}$/, 'may have letters, digits, _ and - only'),
  arguments: jsonObject.default({}),
});

/** Of refusals; any other is that the caller may not. */
const STATUS_OF_CLAUSE: Readonly<Record<string, number>> = {
  invalid_arguments: 422,
  definition_changed: 409,
  tool_unavailable: 503,
  too_many_calls: 429,
  ...Object.fromEntries(HALT_CLAUSES.map((clause) => [clause, 503])),
};

/** Tools over HTTP, as a program written for Stourio's gateway calls them. */
@Controller()
export class ExecuteController {
  constructor(
    private readonly calls: DirectCalls,
    private readonly access: EdgeAccess,
  ) {}

  @Get('health')
  async health() {
    return { status: 'ok', registered_tools: await this.calls.names() };
  }

  @Post('execute')
  @HttpCode(200)
  async execute(
    @Ip() address: string,
    @Headers('authorization') authorization: string | undefined,
    @Body() body: unknown,
  ): Promise<Json> {
    await this.access.check(address, authorization);
    const { tool_name: tool, arguments: given } = parse(request, body, 'the request');
    const outcome = await this.calls.call(tool, given);
    if (!outcome) {
      const detail = `Tool '${tool}' is not registered on this gateway.`;
      throw new HttpException({ detail }, 404);
    }
    return answerTo(outcome);
  }
}

/** What is no object is put into one: the contract's answer is always an object. */
function answerTo(outcome: ToolOutcome): Json {
  switch (outcome.status) {
    case 'succeeded': {
      const { result } = outcome;
      const isObject = result !== null && typeof result === 'object' && !Array.isArray(result);
      return isObject ? result : { result };
    }
    case 'refused': {
      const { clause, message: detail } = outcome;
      throw new HttpException({ detail, clause }, STATUS_OF_CLAUSE[clause] ?? 403);
    }
    case 'failed':
      throw new HttpException({ detail: outcome.message, code: outcome.code }, 500);
    case 'unknown':
      throw new HttpException({ detail: outcome.message, code: 'unknown' }, 500);
  }
}
