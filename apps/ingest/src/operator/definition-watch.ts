import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import {
  agentDefined,
  workflowDefined,
  type Agent,
  type DefinitionEvent,
  type Workflow,
} from '@signalbox/contracts';
import type { RecordedEvent } from '@signalbox/kernel';
import { EventFeed, followForever, type Following } from '@signalbox/messaging';

/** The agents and workflows there are, straight from the log: there with or without Postgres. */
@Injectable()
export class DefinitionWatch implements OnModuleInit, OnModuleDestroy {
  readonly agents = new Map<string, Agent>();
  readonly workflows = new Map<string, Workflow>();
  private following: Following | undefined;

  constructor(private readonly events: EventFeed) {}

  async onModuleInit(): Promise<void> {
    this.following = await followForever(this.events, {
      name: 'agents and workflows',
      aggregates: ['agent', 'workflow'],
      handle: (events) => events.forEach((event) => this.observe(event as DefinedEvent)),
    });
  }

  async onModuleDestroy(): Promise<void> {
    await this.following?.stop();
  }

  private observe(event: DefinedEvent): void {
    if (event.type === agentDefined.type) this.agents.set(event.data.agent.id, event.data.agent);
    if (event.type === workflowDefined.type) {
      this.workflows.set(event.data.workflow.id, event.data.workflow);
    }
  }
}

type DefinedEvent = RecordedEvent<DefinitionEvent>;
