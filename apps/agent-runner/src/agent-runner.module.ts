import type { NatsConnection } from '@nats-io/nats-core';
import {
  Module,
  type DynamicModule,
  type FactoryProvider,
  type OnApplicationShutdown,
  type OnModuleDestroy,
} from '@nestjs/common';
import { agentDefined, allEvents } from '@signalbox/contracts';
import {
  DefinitionCatalogue,
  ExecutionRunner,
  RunBudgetGuard,
  SharedBudgets,
} from '@signalbox/executions';
import { Clock } from '@signalbox/kernel';
import { CommandBus, EventFeed, EventStore, seed, Timers } from '@signalbox/messaging';
import { ControlWatch, Environment, NATS_CONNECTION, PlatformModule } from '@signalbox/service';
import { NatsEndedRuns } from './adapters/nats.ended-runs.ts';
import { NatsRunWatch } from './adapters/nats.run-watch.ts';
import { AgentNats } from './agent/agent.nats.ts';
import { defaultAgents } from './agent/default-agents.ts';
import { DefineAgentHandler } from './agent/define-agent.handler.ts';
import { DeleteAgentHandler } from './agent/delete-agent.handler.ts';
import type { AgentRunnerConfig } from './config.ts';
import { AgentModel } from './execution/agent.model.ts';
import { planAgent } from './execution/agent.planner.ts';
import { ExecutionNats } from './execution/execution.nats.ts';
import { StartAgentHandler } from './execution/start-agent.handler.ts';
import { createRegistry } from './models/create-registry.ts';
import { ModelRegistry } from './models/model-registry.ts';
import { RunWatch } from './ports/run-watch.port.ts';

const endedRuns: FactoryProvider<NatsEndedRuns> = {
  provide: NatsEndedRuns,
  inject: [NATS_CONNECTION, Environment],
  useFactory: (connection: NatsConnection, { name }: Environment) =>
    new NatsEndedRuns(connection, name),
};

type RunnerPorts = [
  EventStore,
  CommandBus,
  Timers,
  Clock,
  ControlWatch,
  Environment,
  AgentModel,
  RunBudgetGuard,
  NatsEndedRuns,
];

const runnerOfRuns: FactoryProvider<ExecutionRunner> = {
  provide: ExecutionRunner,
  inject: [
    EventStore,
    CommandBus,
    Timers,
    Clock,
    ControlWatch,
    Environment,
    AgentModel,
    RunBudgetGuard,
    NatsEndedRuns,
  ],
  useFactory: (...ports: RunnerPorts) => {
    const [store, bus, timers, clock, control, { instance }, model, budget, ended] = ports;
    const runner = new ExecutionRunner({
      owner: 'agent-runner',
      instance,
      store,
      bus,
      timers,
      clock,
      control,
      planner: planAgent,
      model,
      budget,
      ended,
    });
    // What fails is given up: the log says the same later.
    ended.listen((executionId) => void runner.giveUp(executionId).catch(() => undefined));
    return runner;
  },
};

@Module({})
export class AgentRunnerModule implements OnModuleDestroy, OnApplicationShutdown {
  constructor(
    private readonly catalogue: DefinitionCatalogue,
    private readonly runner: ExecutionRunner,
    private readonly budgets: SharedBudgets,
  ) {}

  static register(config: AgentRunnerConfig): DynamicModule {
    const { platform } = config;
    return {
      module: AgentRunnerModule,
      imports: [
        PlatformModule.register({ service: 'agent-runner', events: allEvents, config: platform }),
      ],
      controllers: [AgentNats, ExecutionNats],
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
        { provide: ModelRegistry, useFactory: () => createRegistry(config) },
        {
          provide: RunWatch,
          inject: [NATS_CONNECTION, Environment],
          useFactory: (connection: NatsConnection, { name }: Environment) =>
            new NatsRunWatch(connection, name),
        },
        endedRuns,
        {
          provide: AgentModel,
          inject: [ModelRegistry, RunWatch],
          useFactory: (models: ModelRegistry, watch: RunWatch) => new AgentModel(models, watch),
        },
        {
          provide: SharedBudgets,
          inject: [EventFeed, EventStore, Clock],
          useFactory: (events: EventFeed, store: EventStore, clock: Clock) =>
            SharedBudgets.follow({ budgets: config.budgets, events, store, clock }),
        },
        {
          provide: RunBudgetGuard,
          inject: [SharedBudgets],
          useFactory: (shared: SharedBudgets) => new RunBudgetGuard(config.budgets, shared),
        },
        runnerOfRuns,
        StartAgentHandler,
        DefineAgentHandler,
        DeleteAgentHandler,
      ],
    };
  }

  onModuleDestroy(): void {
    this.runner.stop();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.catalogue.stop();
    await this.budgets.stop();
  }
}

async function seedAgents(store: EventStore): Promise<void> {
  for (const agent of defaultAgents) {
    const ref = { aggregate: 'agent', id: agent.id };
    await seed(store, ref, agentDefined.of({ agent }), 'service:agent-runner');
  }
}
