import { Controller, HttpCode, Post, Req } from '@nestjs/common';
import { parse, type JsonObject } from '@signalbox/kernel';
import type { FastifyRequest } from 'fastify';
import { bytesOf, parseJson } from '../http/json-body.ts';
import { Documented } from '../openapi/operation.ts';
import { Access } from '../security/access.ts';
import { ApplyRulesHandler } from './apply-rules.handler.ts';
import { applyAnswer, testAnswer } from './rule-answers.ts';
import { applyRules, testRules } from './rule-sets.operations.ts';
import { TestRulesHandler } from './test-rules.handler.ts';

/** Rules together: tried on an event, brought to what a file says. */
@Controller('api/rules')
export class RuleSetsController {
  constructor(
    private readonly access: Access,
    private readonly testing: TestRulesHandler,
    private readonly applying: ApplyRulesHandler,
  ) {}

  @Post('test')
  @HttpCode(200)
  @Documented(testRules)
  async test(@Req() request: FastifyRequest): Promise<JsonObject> {
    this.access.actorOf(request.headers);
    const body = parse(testRules.body, parseJson(bytesOf(request)), 'test');
    const { rule, rules, event, source, signal_id: signalId } = body;
    const alone = rule && [{ ...rule, fields: { ...rule.fields, active: true } }];
    return testAnswer(
      await this.testing.handle({ rules: alone ?? rules, event, source, signalId }),
    );
  }

  @Post('apply')
  @HttpCode(200)
  @Documented(applyRules)
  async apply(@Req() request: FastifyRequest): Promise<JsonObject> {
    const actor = this.access.actorOf(request.headers);
    const body = parse(applyRules.body, parseJson(bytesOf(request)), 'apply');
    const { rules: inputs, prune, dry_run: dryRun, plan } = body;
    const applied = await this.applying.handle({ inputs, prune, dryRun, plan }, actor);
    return applyAnswer(applied, dryRun);
  }
}
