import { Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { allEvents, workflowDefined } from '@signalbox/contracts';
import { DefinitionCatalogue, ExecutionRunner } from '@signalbox/executions';
import { Clock } from '@signalbox/kernel';
import { CommandBus, EventFeed, EventStore, seed, Timers } from '@signalbox/messaging';
import { ControlWatch, Environment, PlatformModule } from '@signalbox/service';
import type { AutomationConfig } from './config.ts';
import { ExecutionNats } from './execution/execution.nats.ts';
import { StartWorkflowHandler } from './execution/start-workflow.handler.ts';
import { planWorkflow } from './execution/workflow.planner.ts';
import { defaultWorkflows } from './workflow/default-workflows.ts';

type RunnerPorts = [EventStore, CommandBus, Timers, Clock, ControlWatch, Environment];

@Module({})
export class AutomationModule implements OnApplicationShutdown {
  constructor(private readonly catalogue: DefinitionCatalogue) {}

  static register(config: AutomationConfig): DynamicModule {
    const { platform } = config;
    return {
      module: AutomationModule,
      imports: [
        PlatformModule.register({ service: 'automation', events: allEvents, config: platform }),
      ],
      controllers: [ExecutionNats],
      providers: [
        {
          provide: DefinitionCatalogue,
          inject: [EventStore, EventFeed],
          useFactory: async (store: EventStore, feed: EventFeed) => {
            await seedWorkflows(store);
            const catalogue = new DefinitionCatalogue();
            await catalogue.follow(feed);
            return catalogue;
          },
        },
        {
          provide: ExecutionRunner,
          inject: [EventStore, CommandBus, Timers, Clock, ControlWatch, Environment],
          useFactory: (...[store, bus, timers, clock, control, { instance }]: RunnerPorts) =>
            new ExecutionRunner({
              owner: 'automation',
              instance,
              store,
              bus,
              timers,
              clock,
              control,
              planner: planWorkflow,
            }),
        },
        StartWorkflowHandler,
      ],
    };
  }

  onApplicationShutdown(): Promise<void> {
    return this.catalogue.stop();
  }
}

async function seedWorkflows(store: EventStore): Promise<void> {
  for (const workflow of defaultWorkflows) {
    const ref = { aggregate: 'workflow', id: workflow.id };
    await seed(store, ref, workflowDefined.of({ workflow }), 'service:automation');
  }
}
