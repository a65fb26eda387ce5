import {
  Module,
  type DynamicModule,
  type OnApplicationShutdown,
  type OnModuleDestroy,
} from '@nestjs/common';
import { agentDefined, allEvents } from '@signalbox/contracts';
import { DefinitionCatalogue, ExecutionRunner } from '@signalbox/executions';
import { CommandBus, EventFeed, EventStore, seed } from '@signalbox/messaging';
import { ControlWatch, Environment, PlatformModule } from '@signalbox/service';
import { defaultAgents } from './agent/default-agents.ts';
import type { AgentRunnerConfig } from './config.ts';
import { planAgent } from './execution/agent.planner.ts';
import { ExecutionNats } from './execution/execution.nats.ts';
import { StartAgentHandler } from './execution/start-agent.handler.ts';
import { chooseModel } from './models/choose-model.ts';

@Module({})
export class AgentRunnerModule implements OnModuleDestroy, OnApplicationShutdown {
  constructor(
    private readonly catalogue: DefinitionCatalogue,
    private readonly runner: ExecutionRunner,
  ) {}

  static register(config: AgentRunnerConfig): DynamicModule {
    const { platform } = config;
    return {
      module: AgentRunnerModule,
      imports: [
        PlatformModule.register({ service: 'agent-runner', events: allEvents, config: platform }),
      ],
      controllers: [ExecutionNats],
      providers: [
        {
          provide: DefinitionCatalogue,
          inject: [EventStore, EventFeed],
          useFactory: async (store: EventStore, feed: EventFeed) => {
            await seedAgents(store);
            const catalogue = new DefinitionCatalogue();
            await catalogue.follow(feed);
            return catalogue;
          },
        },
        {
          provide: ExecutionRunner,
          inject: [EventStore, CommandBus, ControlWatch, Environment],
          useFactory: async (
            store: EventStore,
            bus: CommandBus,
            control: ControlWatch,
            { instance }: Environment,
          ) =>
            new ExecutionRunner({
              owner: 'agent-runner',
              instance,
              store,
              bus,
              control,
              planner: planAgent,
              model: await chooseModel(config),
            }),
        },
        StartAgentHandler,
      ],
    };
  }

  onModuleDestroy(): void {
    this.runner.stop();
  }

  onApplicationShutdown(): Promise<void> {
    return this.catalogue.stop();
  }
}

async function seedAgents(store: EventStore): Promise<void> {
  for (const agent of defaultAgents) {
    const ref = { aggregate: 'agent', id: agent.id };
    await seed(store, ref, agentDefined.of({ agent }), 'service:agent-runner');
  }
}
