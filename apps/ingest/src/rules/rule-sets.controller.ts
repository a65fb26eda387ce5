import { Controller, HttpCode, Post, Req } from '@nestjs/common';
import { ulid } from '@signalbox/contracts';
import { jsonObject, parse, type JsonObject } from '@signalbox/kernel';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { bytesOf, parseJson } from '../http/json-body.ts';
import { Access } from '../security/access.ts';
import { ApplyRulesHandler } from './apply-rules.handler.ts';
import { applyAnswer, testAnswer } from './rule-answers.ts';
import { ruleInput, ruleInputs } from './rule-wire.ts';
import { TestRulesHandler } from './test-rules.handler.ts';

/** Made ready while everybody else waits, up to 5 ms for each; a backtest has a thread of its own. */
const TESTED_RULES_MAX = 100;

const testSchema = z
  .strictObject({
    /** One rule by itself, tried also when it is not active. */
    rule: ruleInput.optional(),
    rules: ruleInputs
      .max(TESTED_RULES_MAX, { error: `are more than ${TESTED_RULES_MAX}; a backtest takes more` })
      .optional(),
    event: jsonObject.optional(),
    source: z.string().min(1).max(100).optional(),
    signal_id: ulid.optional(),
  })
  .refine(({ rule, rules }) => !(rule && rules), { path: ['rule'], error: 'goes without rules' })
  .refine(({ event, signal_id: id }) => (event === undefined) !== (id === undefined), {
    path: ['event'],
    error: 'or signal_id is needed, one of the two',
  });

const applySchema = z.strictObject({
  rules: ruleInputs,
  prune: z.boolean().default(false),
  dry_run: z.boolean().default(false),
  plan: z.string().max(100).optional(),
});

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
  async test(@Req() request: FastifyRequest): Promise<JsonObject> {
    this.access.actorOf(request.headers);
    const body = parse(testSchema, parseJson(bytesOf(request)), 'test');
    const { rule, rules, event, source, signal_id: signalId } = body;
    const alone = rule && [{ ...rule, fields: { ...rule.fields, active: true } }];
    return testAnswer(
      await this.testing.handle({ rules: alone ?? rules, event, source, signalId }),
    );
  }

  @Post('apply')
  @HttpCode(200)
  async apply(@Req() request: FastifyRequest): Promise<JsonObject> {
    const actor = this.access.actorOf(request.headers);
    const body = parse(applySchema, parseJson(bytesOf(request)), 'apply');
    const { rules: inputs, prune, dry_run: dryRun, plan } = body;
    const applied = await this.applying.handle({ inputs, prune, dryRun, plan }, actor);
    return applyAnswer(applied, dryRun);
  }
}
