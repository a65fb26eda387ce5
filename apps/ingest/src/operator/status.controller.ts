import { Controller, Get, Req } from '@nestjs/common';
import type { JsonObject } from '@signalbox/kernel';
import { ControlWatch } from '@signalbox/service';
import type { FastifyRequest } from 'fastify';
import { Documented } from '../openapi/operation.ts';
import { Access } from '../security/access.ts';
import { DefinitionWatch } from '../definitions/definition-watch.ts';
import { status } from './service.operations.ts';
import { StatusCounts } from './status-counts.ts';

const statuses = { running: 'operational', halted: 'killed', unknown: 'unknown' } as const;

@Controller('api/status')
export class StatusController {
  constructor(
    private readonly access: Access,
    private readonly control: ControlWatch,
    private readonly definitions: DefinitionWatch,
    private readonly counts: StatusCounts,
  ) {}

  /** Answers whatever is down: what cannot be known is null, with the reason beside it. */
  @Get()
  @Documented(status)
  async status(@Req() request: FastifyRequest): Promise<JsonObject> {
    this.access.actorOf(request.headers);
    const state = this.control.state();
    return {
      status: statuses[state],
      // Services that cannot hear of the switch take it for turned.
      kill_switch: state !== 'running',
      epoch: this.control.epoch,
      ...(await this.counts.count()),
      agents: [...this.definitions.agents.values()].map(({ id, name, role, tools, stepsMax }) => ({
        id,
        name,
        role,
        tools,
        max_steps: stepsMax,
      })),
      workflows: [...this.definitions.workflows.values()],
      // While there is one, the router decides nothing.
      unusable_rules: (await this.definitions.unusableRules()).map((rule) => ({ ...rule })),
    };
  }
}
