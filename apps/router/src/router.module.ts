import { type DynamicModule, Module } from '@nestjs/common';
import { allEvents } from '@signalbox/contracts';
import { OFFLINE_PROVIDER, OpenAiModel } from '@signalbox/models';
import { PlatformModule } from '@signalbox/service';
import type { RouterConfig } from './config.ts';
import { DecisionMaker } from './decision/decision-maker.ts';
import { DefinitionWatch } from './definitions/definition-watch.ts';
import { OFFLINE_MODEL, OfflineRouterModel } from './routing/offline-router.model.ts';
import { type RoutingModel, SignalRouter } from './routing/signal-router.ts';
import { DecideSignalHandler } from './signal/decide-signal.handler.ts';
import { SignalsNats } from './signal/signals.nats.ts';

@Module({})
export class RouterModule {
  static register(config: RouterConfig): DynamicModule {
    return {
      module: RouterModule,
      imports: [
        PlatformModule.register({ service: 'router', events: allEvents, config: config.platform }),
      ],
      controllers: [SignalsNats],
      providers: [
        DefinitionWatch,
        { provide: SignalRouter, useFactory: () => new SignalRouter(routingModel(config)) },
        DecisionMaker,
        DecideSignalHandler,
      ],
    };
  }
}

function routingModel({ settings, model }: RouterConfig): RoutingModel {
  if (settings.provider === OFFLINE_PROVIDER) {
    return { port: new OfflineRouterModel(), provider: OFFLINE_PROVIDER, model: OFFLINE_MODEL };
  }
  return { port: new OpenAiModel(settings), provider: settings.provider, model };
}
