import { Controller, Delete, Get, Param, Post, Put, Req, Res } from '@nestjs/common';
import { ulid } from '@signalbox/contracts';
import { Clock, newId, parse, type JsonObject } from '@signalbox/kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { bytesOf, parseJson } from '../http/json-body.ts';
import { notOfThePath, pendingChange } from '../definitions/definition-answers.ts';
import { DefinitionWatch } from '../definitions/definition-watch.ts';
import { Documented } from '../openapi/operation.ts';
import { Access } from '../security/access.ts';
import { ruleAfter, ruleVersions } from './rule-answers.ts';
import { noSuchRule, RuleCommands } from './rule-commands.ts';
import { ruleAnswer, type RuleInput } from './rule-wire.ts';
import * as operations from './rules.operations.ts';

/** One rule at a time. */
@Controller('api/rules')
export class RulesController {
  constructor(
    private readonly access: Access,
    private readonly definitions: DefinitionWatch,
    private readonly commands: RuleCommands,
    private readonly clock: Clock,
  ) {}

  /** All that were not deleted, in the order in which they are tried; inactive ones at their place. */
  @Get()
  @Documented(operations.listRules)
  async list(@Req() request: FastifyRequest): Promise<readonly JsonObject[]> {
    this.access.actorOf(request.headers);
    await this.definitions.whenCaughtUp();
    return [...this.definitions.rules.values()]
      .toSorted((a, b) => a.priority - b.priority || (a.id < b.id ? -1 : 1))
      .map(ruleAnswer);
  }

  @Post()
  @Documented(operations.createRule)
  async create(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<JsonObject> {
    const actor = this.access.actorOf(request.headers);
    const rule = { ...inputIn(request, operations.createRule).fields, id: newId(this.clock.now()) };
    const done = await this.commands.define(rule, 0, actor);
    if (done.status === 'pending') return pendingChange({ rule_id: rule.id }, reply);
    reply.status(201);
    return this.answer(rule.id, done.version);
  }

  /**
   * The whole rule anew; refused as a conflict when it stands at another `version` than sent, or
   * without one, than when the request came.
   */
  @Put(':id')
  @Documented(operations.replaceRule)
  async replace(
    @Param('id') id: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<JsonObject> {
    const actor = this.access.actorOf(request.headers);
    const { fields, id: sent, version } = inputIn(request, operations.replaceRule);
    if (sent !== undefined && sent !== id) throw notOfThePath('rule', sent);
    const { length: standing } = await this.commands.history(known(id));
    const done = await this.commands.define({ ...fields, id }, version ?? standing, actor);
    if (done.status === 'pending') return pendingChange({ rule_id: id }, reply);
    return this.answer(id, done.version);
  }

  @Delete(':id')
  @Documented(operations.deleteRule)
  async remove(
    @Param('id') id: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<JsonObject> {
    const actor = this.access.actorOf(request.headers);
    const done = await this.commands.delete(known(id), undefined, actor);
    if (done.status === 'pending') return pendingChange({ rule_id: id }, reply);
    return { status: 'deleted', rule_id: id };
  }

  /** Also of a rule that was deleted. */
  @Get(':id/versions')
  @Documented(operations.ruleVersions)
  async versions(
    @Param('id') id: string,
    @Req() request: FastifyRequest,
  ): Promise<readonly JsonObject[]> {
    this.access.actorOf(request.headers);
    return ruleVersions(await this.commands.history(known(id)));
  }

  private async answer(id: string, version: number): Promise<JsonObject> {
    const rule = ruleAfter((await this.commands.history(id)).slice(0, version));
    if (!rule) throw noSuchRule(id);
    return ruleAnswer(rule);
  }
}

function inputIn(
  request: FastifyRequest,
  { body }: typeof operations.createRule | typeof operations.replaceRule,
): RuleInput {
  return parse(body, parseJson(bytesOf(request)), 'rule');
}

/** @throws AppError `missing` for what cannot be the id of a rule. */
function known(id: string): string {
  if (!ulid.safeParse(id).success) throw noSuchRule(id);
  return id;
}
