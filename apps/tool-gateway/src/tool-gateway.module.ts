import { Module, type DynamicModule } from '@nestjs/common';
import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { allEvents } from '@signalbox/contracts';
import { Clock } from '@signalbox/kernel';
import { CommandBus, EventStore } from '@signalbox/messaging';
import { ControlWatch, PlatformModule } from '@signalbox/service';
import { ToolCatalogue } from './catalogue/tool-catalogue.ts';
import { ToolPublisher } from './catalogue/tool-publisher.ts';
import type { ToolGatewayConfig } from './config.ts';
import { Destinations } from './http/destinations.ts';
import { OutgoingHttp } from './http/outgoing-http.ts';
import { Policy } from './policy/policy.ts';
import { Redactor } from './secrets/redactor.ts';
import { Secrets } from './secrets/secrets.ts';
import { InvocationChecks } from './toolcall/invocation-checks.ts';
import { InvokeToolHandler } from './toolcall/invoke-tool.handler.ts';
import { RunningCalls } from './toolcall/running-calls.ts';
import { ToolcallNats } from './toolcall/toolcall.nats.ts';
import { toolSources } from './tools/tool-sources.ts';

@Module({})
export class ToolGatewayModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    private readonly catalogue: ToolCatalogue,
    private readonly publisher: ToolPublisher,
    private readonly control: ControlWatch,
    private readonly running: RunningCalls,
  ) {}

  static register({ platform, gateway, env }: ToolGatewayConfig): DynamicModule {
    const { limits } = gateway;
    const policy = new Policy(gateway.policy);
    const redactor = new Redactor();
    const secrets = new Secrets({ env, folder: gateway.folder, redactor });
    const http = new OutgoingHttp({ destinations: new Destinations(gateway.http.allow) });
    const shared = { redactor, limits, gateway: platform.instance };
    return {
      module: ToolGatewayModule,
      imports: [
        PlatformModule.register({ service: 'tool-gateway', events: allEvents, config: platform }),
      ],
      controllers: [ToolcallNats],
      providers: [
        RunningCalls,
        {
          provide: ToolCatalogue,
          inject: [Clock],
          useFactory: async (clock: Clock) => {
            await secrets.learn(gateway);
            return new ToolCatalogue(toolSources(gateway, { http, secrets, clock }));
          },
        },
        {
          provide: ToolPublisher,
          inject: [ToolCatalogue, EventStore, Clock],
          useFactory: (catalogue: ToolCatalogue, store: EventStore, clock: Clock) =>
            new ToolPublisher({ catalogue, store, clock }),
        },
        {
          provide: InvocationChecks,
          inject: [EventStore, ToolCatalogue],
          useFactory: (store: EventStore, catalogue: ToolCatalogue) =>
            new InvocationChecks({ store, catalogue, policy, limits }),
        },
        {
          provide: InvokeToolHandler,
          inject: [EventStore, CommandBus, InvocationChecks, RunningCalls],
          useFactory: (
            store: EventStore,
            bus: CommandBus,
            checks: InvocationChecks,
            running: RunningCalls,
          ) => new InvokeToolHandler({ store, bus, checks, running, ...shared }),
        },
      ],
    };
  }

  async onApplicationBootstrap(): Promise<void> {
    this.control.onHalt(() => this.running.abortAll());
    await this.publisher.start();
  }

  /** After the last call has ended. */
  async onApplicationShutdown(): Promise<void> {
    this.publisher.stop();
    await Promise.all(this.catalogue.sources.map((source) => source.close()));
  }
}
