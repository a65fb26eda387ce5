import { Body, Controller, Get, Headers, HttpCode, HttpException, Ip, Post } from '@nestjs/common';
import { HALT_CLAUSES } from '@signalbox/contracts';
import { isDeeperThan, jsonObject, parse, type Json } from '@signalbox/kernel';
import { z } from 'zod';
import { ToolCatalogue } from '../catalogue/tool-catalogue.ts';
import { inexactIn } from '../toolcall/argument-bounds.ts';
import { DirectCalls, type DirectCall } from './direct-calls.ts';
import { EdgeAccess, RETRY_AFTER_SECONDS } from './edge-access.ts';

/** The most that `argumentsDepthMax` can be: what is behind us walks arguments by recursion. */
const ARGUMENTS_DEPTH_MAX = 100;

const request = z.strictObject({
  tool_name: z.string().regex(/^[a-zA-Z0-9_-]{1,100}$/, 'may have letters, digits, _ and - only'),
  arguments: jsonObject
    .superRefine((given, { addIssue }) => {
      const problem = isDeeperThan(ARGUMENTS_DEPTH_MAX, given)
        ? `is nested deeper than ${ARGUMENTS_DEPTH_MAX} levels`
        : inexactIn(given);
      if (problem !== undefined) addIssue(problem);
    })
    .default({}),
});

/** Of refusals; any other is that the caller may not. */
const STATUS_OF_CLAUSE: Readonly<Record<string, number>> = {
  invalid_arguments: 422,
  definition_changed: 409,
  tool_unavailable: 503,
  too_many_calls: 429,
  held_up: 503,
  ...Object.fromEntries(HALT_CLAUSES.map((clause) => [clause, 503])),
};

/** Tools over HTTP, as a program written for Stourio's gateway calls them. */
@Controller()
export class ExecuteController {
  constructor(
    private readonly calls: DirectCalls,
    private readonly access: EdgeAccess,
    private readonly catalogue: ToolCatalogue,
  ) {}

  @Get('health')
  health() {
    return { status: 'ok', registered_tools: this.catalogue.names };
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
    const call = await this.calls.call(tool, given);
    if (!call) {
      const detail = `Tool '${tool}' is not registered on this gateway.`;
      throw new HttpException({ detail }, 404);
    }
    return answerTo(call);
  }
}

/** What is no object is put into one: the contract's answer is always an object. */
function answerTo({ callId, outcome }: DirectCall): Json {
  switch (outcome.status) {
    case 'succeeded': {
      const { result } = outcome;
      const isObject = result !== null && typeof result === 'object' && !Array.isArray(result);
      return isObject ? result : { result };
    }
    case 'refused': {
      const { clause, message: detail } = outcome;
      const status = STATUS_OF_CLAUSE[clause] ?? 403;
      const later = status === 429 ? { retry_after_seconds: RETRY_AFTER_SECONDS } : {};
      throw new HttpException({ detail, clause, ...later }, status);
    }
    case 'failed':
      throw new HttpException({ detail: outcome.message, code: outcome.code }, 500);
    case 'unknown':
      // The id is what a person settles it by.
      throw new HttpException({ detail: outcome.message, code: 'unknown', call_id: callId }, 500);
  }
}
