import { Controller, Delete, Get, Param, Post, Put, Req, Res } from '@nestjs/common';
import { ulid } from '@signalbox/contracts';
import { AppError, Clock, newId, parse, type JsonObject } from '@signalbox/kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { bytesOf, parseJson } from '../http/json-body.ts';
import { DefinitionWatch } from '../definitions/definition-watch.ts';
import { Access } from '../security/access.ts';
import { ruleAt, versionsAnswer } from './rule-answers.ts';
import { noSuchRule, RuleCommands } from './rule-commands.ts';
import { ruleAnswer, ruleInput, type RuleInput } from './rule-wire.ts';

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
  async list(@Req() request: FastifyRequest): Promise<readonly JsonObject[]> {
    this.access.actorOf(request.headers);
    await this.definitions.whenCaughtUp();
    return [...this.definitions.rules.values()]
      .toSorted((a, b) => a.priority - b.priority || (a.id < b.id ? -1 : 1))
      .map(ruleAnswer);
  }

  @Post()
  async create(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<JsonObject> {
    const actor = this.access.actorOf(request.headers);
    const rule = { ...inputIn(request).fields, id: newId(this.clock.now()) };
    const done = await this.commands.define(rule, 0, actor);
    if (done.status === 'pending') return pending(rule.id, reply);
    reply.status(201);
    return this.answer(rule.id, done.version);
  }

  /** The whole rule anew; refused as a conflict when it stands at another `version` than sent. */
  @Put(':id')
  async replace(
    @Param('id') id: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<JsonObject> {
    const actor = this.access.actorOf(request.headers);
    const { fields, id: sent, version } = inputIn(request);
    if (sent !== undefined && sent !== id) throw anotherId(sent);
    await this.commands.history(known(id));
    const done = await this.commands.define({ ...fields, id }, version, actor);
    if (done.status === 'pending') return pending(id, reply);
    return this.answer(id, done.version);
  }

  @Delete(':id')
  async remove(
    @Param('id') id: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<JsonObject> {
    const actor = this.access.actorOf(request.headers);
    const done = await this.commands.delete(known(id), undefined, actor);
    return done.status === 'pending' ? pending(id, reply) : { status: 'deleted', rule_id: id };
  }

  /** Also of a rule that was deleted. */
  @Get(':id/versions')
  async versions(
    @Param('id') id: string,
    @Req() request: FastifyRequest,
  ): Promise<readonly JsonObject[]> {
    this.access.actorOf(request.headers);
    return versionsAnswer(await this.commands.history(known(id)));
  }

  private async answer(id: string, version: number): Promise<JsonObject> {
    const rule = ruleAt(await this.commands.history(id), version);
    if (!rule) throw noSuchRule(id);
    return ruleAnswer(rule);
  }
}

function inputIn(request: FastifyRequest): RuleInput {
  return parse(ruleInput, parseJson(bytesOf(request)), 'rule');
}

/** @throws AppError `missing` for what cannot be the id of a rule. */
function known(id: string): string {
  if (!ulid.safeParse(id).success) throw noSuchRule(id);
  return id;
}

function pending(id: string, reply: FastifyReply): JsonObject {
  reply.status(202);
  return {
    status: 'pending',
    message: 'The change is stored and will be carried out, but was not confirmed in time.',
    rule_id: id,
  };
}

function anotherId(sent: string): AppError {
  const problem = `is ${sent}, not the one of the path`;
  return new AppError({
    code: 'invalid_input',
    kind: 'invalid',
    message: `rule: id: ${problem}`,
    fields: [{ field: 'id', problem }],
  });
}
