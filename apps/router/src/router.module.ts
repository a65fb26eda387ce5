import { type DynamicModule, Module, type OnApplicationShutdown } from '@nestjs/common';
import { allEvents } from '@signalbox/contracts';
import { SharedBudgets } from '@signalbox/executions';
import { Clock } from '@signalbox/kernel';
import { EventFeed, EventStore } from '@signalbox/messaging';
import { createModel, OFFLINE_PROVIDER } from '@signalbox/models';
import { PlatformModule } from '@signalbox/service';
import type { RouterConfig } from './config.ts';
import { Conversations } from './conversation/conversations.ts';
import { DecisionMaker } from './decision/decision-maker.ts';
import { DefinitionWatch } from './definitions/definition-watch.ts';
import { ProblemBook } from './problem/problem-book.ts';
import { OFFLINE_MODEL, OfflineRouterModel } from './routing/offline-router.model.ts';
import { RoutingBudget } from './routing/routing-budget.ts';
import { type RoutingModel, SignalRouter } from './routing/signal-router.ts';
import { DefineRuleHandler } from './rule/define-rule.handler.ts';
import { DeleteRuleHandler } from './rule/delete-rule.handler.ts';
import { RuleNats } from './rule/rule.nats.ts';
import { DecideSignalHandler } from './signal/decide-signal.handler.ts';
import { SignalsNats } from './signal/signals.nats.ts';

@Module({})
export class RouterModule implements OnApplicationShutdown {
  constructor(private readonly budgets: SharedBudgets) {}

  static register(config: RouterConfig): DynamicModule {
    return {
      module: RouterModule,
      imports: [
        PlatformModule.register({ service: 'router', events: allEvents, config: config.platform }),
      ],
      controllers: [SignalsNats, RuleNats],
      providers: [
        DefinitionWatch,
        {
          provide: SharedBudgets,
          inject: [EventFeed, EventStore, Clock],
          useFactory: (events: EventFeed, store: EventStore, clock: Clock) =>
            SharedBudgets.follow({ budgets: config.budgets, events, store, clock }),
        },
        {
          provide: SignalRouter,
          inject: [SharedBudgets],
          useFactory: async (budgets: SharedBudgets) =>
            new SignalRouter(await routingModel(config), new RoutingBudget(budgets)),
        },
        Conversations,
        DecisionMaker,
        {
          provide: ProblemBook,
          inject: [EventStore, Clock],
          useFactory: (store: EventStore, clock: Clock) =>
            new ProblemBook(store, { quietMs: config.quietMs, clock }),
        },
        DecideSignalHandler,
        DefineRuleHandler,
        DeleteRuleHandler,
      ],
    };
  }

  onApplicationShutdown(): Promise<void> {
    return this.budgets.stop();
  }
}

async function routingModel({ settings, confidenceMin }: RouterConfig): Promise<RoutingModel> {
  if (settings.provider === OFFLINE_PROVIDER) {
    const port = new OfflineRouterModel();
    return { port, provider: OFFLINE_PROVIDER, model: OFFLINE_MODEL, confidenceMin };
  }
  const { provider, model, fallbacks } = settings;
  return { port: await createModel(settings), provider, model, fallbacks, confidenceMin };
}
