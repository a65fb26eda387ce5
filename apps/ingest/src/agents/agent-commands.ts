import { Injectable } from '@nestjs/common';
import { defineAgent, deleteAgent, type Agent } from '@signalbox/contracts';
import {
  AppError,
  asAppError,
  type Actor,
  type Command,
  type RecordedEvent,
} from '@signalbox/kernel';
import { EventStore } from '@signalbox/messaging';
import { z } from 'zod';
import { orUnavailable } from '../operator/or-unavailable.ts';
import { ServiceRequests, type Asked } from '../operator/service-requests.ts';
import { refusalOnWire, type AgentEvent } from './agent-wire.ts';

const answerSchema = z.object({ version: z.int().positive() });
const lost = {
  code: 'agent_not_recorded',
  message: 'It is not known whether the change of the agent was stored. Look, and try again.',
};

/** Asks the agent-runner, which owns the agents. */
@Injectable()
export class AgentCommands {
  constructor(
    private readonly requests: ServiceRequests,
    private readonly store: EventStore,
  ) {}

  /**
   * @param expectedVersion that of its latest event; 0 for an agent that never was.
   * @throws AppError as the agent-runner refuses, in the names of the wire; `unavailable` when it
   * is not known that the change is durable.
   */
  define(
    agent: Agent,
    expectedVersion: number | undefined,
    actor: Actor,
  ): Promise<Asked<{ readonly version: number }>> {
    return this.ask(defineAgent.of({ agent, expectedVersion }), actor);
  }

  /** @throws AppError as `define` does. */
  delete(agentId: string, actor: Actor): Promise<Asked<{ readonly version: number }>> {
    return this.ask(deleteAgent.of({ agentId }), actor);
  }

  /**
   * Every event of an agent, the first one first; none when there never was one of that id.
   * @throws AppError `unavailable`.
   */
  async history(id: string): Promise<readonly RecordedEvent<AgentEvent>[]> {
    const reading = this.store.read({ aggregate: 'agent', id }, { fresh: true });
    const { events } = await orUnavailable(reading, {
      code: 'agents_not_read',
      message: 'The agents cannot be read at present.',
    });
    return events as readonly RecordedEvent<AgentEvent>[];
  }

  private async ask(command: Command, actor: Actor): Promise<Asked<{ readonly version: number }>> {
    try {
      return await this.requests.ask(command, { actor, answer: answerSchema, lost });
    } catch (error) {
      throw refusalOnWire(asAppError(error));
    }
  }
}

export function noSuchAgent(id: string): AppError {
  return new AppError({
    code: 'agent_not_found',
    kind: 'missing',
    message: `There is no agent ${id}.`,
  });
}
