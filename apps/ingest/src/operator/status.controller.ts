import { Controller, Get, Req } from '@nestjs/common';
import { asAppError, type JsonObject } from '@signalbox/kernel';
import { ControlWatch } from '@signalbox/service';
import type { FastifyRequest } from 'fastify';
import { Access } from '../security/access.ts';
import { DefinitionWatch } from './definition-watch.ts';
import { ReadSide } from './read-side.ts';

const statuses = { running: 'operational', halted: 'killed', unknown: 'unknown' } as const;

@Controller('api/status')
export class StatusController {
  constructor(
    private readonly access: Access,
    private readonly control: ControlWatch,
    private readonly definitions: DefinitionWatch,
    private readonly readSide: ReadSide,
  ) {}

  /** Answers whatever is down: what cannot be known is null, with the reason beside it. */
  @Get()
  async status(@Req() request: FastifyRequest): Promise<JsonObject> {
    this.access.actorOf(request.headers);
    const state = this.control.state();
    return {
      status: statuses[state],
      // Services that cannot hear of the switch take it for turned.
      kill_switch: state !== 'running',
      epoch: this.control.epoch,
      ...(await this.counts()),
      agents: [...this.definitions.agents.values()].map(({ stepsMax, ...agent }) => ({
        ...agent,
        max_steps: stepsMax,
      })),
      workflows: [...this.definitions.workflows.values()],
    };
  }

  private async counts(): Promise<JsonObject> {
    try {
      const { signals, executions, pendingApprovals, unknownToolCalls, projector } =
        await this.readSide.status();
      return {
        pending_approvals: pendingApprovals,
        signals,
        executions: { ...executions },
        unknown_tool_calls: unknownToolCalls,
        read_models: { status: 'ok', position: projector.position },
      };
    } catch (error) {
      const { kind, message } = asAppError(error);
      if (kind !== 'unavailable') throw error;
      return {
        pending_approvals: null,
        read_models: { status: 'unavailable', reason: message },
      };
    }
  }
}
