import { Controller, Delete, Get, Param, Post, Put, Req, Res } from '@nestjs/common';
import { token } from '@signalbox/contracts';
import { AppError, parse, type JsonObject, type RecordedEvent } from '@signalbox/kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DefinitionWatch } from '../definitions/definition-watch.ts';
import { idRefused, notOfThePath, pendingChange } from '../definitions/definition-answers.ts';
import { bytesOf, parseJson } from '../http/json-body.ts';
import { Documented } from '../openapi/operation.ts';
import { Access } from '../security/access.ts';
import * as operations from './agents.operations.ts';
import { AgentCommands, noSuchAgent } from './agent-commands.ts';
import {
  agentAfter,
  agentAnswer,
  agentVersions,
  type AgentEvent,
  type AgentInput,
} from './agent-wire.ts';

@Controller('api/agents')
export class AgentsController {
  constructor(
    private readonly access: Access,
    private readonly definitions: DefinitionWatch,
    private readonly commands: AgentCommands,
  ) {}

  /** All that were not deleted, by their ids. */
  @Get()
  @Documented(operations.listAgents)
  async list(@Req() request: FastifyRequest): Promise<readonly JsonObject[]> {
    this.access.actorOf(request.headers);
    await this.definitions.whenCaughtUp('agents');
    return [...this.definitions.agents.values()]
      .toSorted((a, b) => (a.id < b.id ? -1 : 1))
      .map(agentAnswer);
  }

  @Get(':id')
  @Documented(operations.showAgent)
  async show(@Param('id') id: string, @Req() request: FastifyRequest): Promise<JsonObject> {
    this.access.actorOf(request.headers);
    await this.definitions.whenCaughtUp('agents');
    const agent = this.definitions.agents.get(id);
    if (!agent) throw noSuchAgent(id);
    return agentAnswer(agent);
  }

  /** One whose id is taken is refused as a conflict; one that was deleted may come back. */
  @Post()
  @Documented(operations.createAgent)
  async create(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<JsonObject> {
    const actor = this.access.actorOf(request.headers);
    const { fields, id } = inputIn(request, operations.createAgent);
    if (id === undefined) throw idRefused('agent', 'is missing');
    const before = await this.commands.history(id);
    if (agentAfter(before)) throw taken(id);
    const done = await this.commands.define({ ...fields, id }, before.length, actor);
    if (done.status === 'pending') return pendingChange({ agent_id: id }, reply);
    reply.status(201);
    return this.answer(id, done.answer.version);
  }

  /**
   * The whole agent anew; refused as a conflict when it stands at another `version` than sent, or
   * without one, than when the request came: one that is deleted meanwhile does not come back.
   */
  @Put(':id')
  @Documented(operations.replaceAgent)
  async replace(
    @Param('id') id: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<JsonObject> {
    const actor = this.access.actorOf(request.headers);
    const { fields, id: sent, version } = inputIn(request, operations.replaceAgent);
    if (sent !== undefined && sent !== id) throw notOfThePath('agent', sent);
    const before = await this.known(id);
    if (!agentAfter(before)) throw noSuchAgent(id);
    const done = await this.commands.define({ ...fields, id }, version ?? before.length, actor);
    if (done.status === 'pending') return pendingChange({ agent_id: id }, reply);
    return this.answer(id, done.answer.version);
  }

  /** Its runs go on. */
  @Delete(':id')
  @Documented(operations.deleteAgent)
  async remove(
    @Param('id') id: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<JsonObject> {
    const actor = this.access.actorOf(request.headers);
    if (!agentAfter(await this.known(id))) throw noSuchAgent(id);
    const done = await this.commands.delete(id, actor);
    if (done.status === 'pending') return pendingChange({ agent_id: id }, reply);
    return { status: 'deleted', agent_id: id };
  }

  /** Also of an agent that was deleted. */
  @Get(':id/versions')
  @Documented(operations.agentVersions)
  async versions(
    @Param('id') id: string,
    @Req() request: FastifyRequest,
  ): Promise<readonly JsonObject[]> {
    this.access.actorOf(request.headers);
    return agentVersions(await this.known(id));
  }

  /** @throws AppError `missing` when there never was one. */
  private async known(id: string): Promise<readonly RecordedEvent<AgentEvent>[]> {
    // What cannot be an id must not become a part of a subject.
    const events = token.safeParse(id).success ? await this.commands.history(id) : [];
    if (events.length === 0) throw noSuchAgent(id);
    return events;
  }

  private async answer(id: string, version: number): Promise<JsonObject> {
    const agent = agentAfter((await this.known(id)).slice(0, version));
    if (!agent) throw noSuchAgent(id);
    return agentAnswer(agent);
  }
}

function inputIn(
  request: FastifyRequest,
  { body }: typeof operations.createAgent | typeof operations.replaceAgent,
): AgentInput {
  return parse(body, parseJson(bytesOf(request)), 'agent');
}

function taken(id: string): AppError {
  const problem = 'is that of another agent';
  return new AppError({
    code: 'agent_exists',
    kind: 'conflict',
    message: `There is an agent ${id} already. Change it with PUT /api/agents/${id}.`,
    fields: [{ field: 'id', problem }],
  });
}
