import { Logger, Module, type DynamicModule } from '@nestjs/common';
import type {
  OnApplicationBootstrap,
  OnApplicationShutdown,
  OnModuleDestroy,
} from '@nestjs/common';
import { allEvents } from '@signalbox/contracts';
import { Clock, digestOf } from '@signalbox/kernel';
import { BlobStore, EventStore, RecentCounts } from '@signalbox/messaging';
import { ControlWatch, PlatformModule } from '@signalbox/service';
import { ToolCatalogue } from './catalogue/tool-catalogue.ts';
import { ToolPublisher } from './catalogue/tool-publisher.ts';
import { recordConfinement } from './catalogue/unsandboxed.ts';
import type { ToolGatewayConfig } from './config.ts';
import { edgeParts } from './edge/edge.providers.ts';
import { configWarnings } from './gateway-config/config-warnings.ts';
import { Destinations } from './http/destinations.ts';
import { OutgoingHttp } from './http/outgoing-http.ts';
import { Policy } from './policy/policy.ts';
import type { Redactor } from './secrets/redactor.ts';
import { Secrets } from './secrets/secrets.ts';
import { RunningCalls } from './toolcall/running-calls.ts';
import { ToolcallNats } from './toolcall/toolcall.nats.ts';
import { toolcallProviders } from './toolcall/toolcall.providers.ts';
import { Sandbox } from './tools/sandbox.ts';
import { toolSources } from './tools/tool-sources.ts';

const logger = new Logger('GatewayConfig');
const asService = { service: 'tool-gateway', events: allEvents, makesNoConsumers: true };

/** How long calls may go on when the gateway stops; then what can be stopped has 2 s to end. */
const CALLS_END_MS = 4_000;

@Module({})
export class ToolGatewayModule
  implements OnApplicationBootstrap, OnModuleDestroy, OnApplicationShutdown
{
  constructor(
    private readonly catalogue: ToolCatalogue,
    private readonly publisher: ToolPublisher,
    private readonly control: ControlWatch,
    private readonly running: RunningCalls,
  ) {}

  static register(
    { platform, gateway, env, bwrap }: ToolGatewayConfig,
    redactor: Redactor,
  ): DynamicModule {
    const { environment } = platform;
    const policyDigest = digestOf(gateway.policy);
    const sandbox = new Sandbox(bwrap);
    const http = new OutgoingHttp({ destinations: new Destinations(gateway.http.allow) });
    const { folder, secretStores: stores } = gateway;
    const secrets = new Secrets({ env, folder, redactor, http, stores });
    const toolcalls = toolcallProviders({
      policyDigest,
      limits: gateway.limits,
      redactor,
      gateway: platform.instance,
    });
    const edge = edgeParts(gateway.edge, secrets);
    return {
      module: ToolGatewayModule,
      imports: [PlatformModule.register({ ...asService, config: platform })],
      controllers: [ToolcallNats, ...edge.controllers],
      providers: [
        {
          provide: ToolCatalogue,
          inject: [Clock, EventStore, BlobStore],
          useFactory: async (clock: Clock, store: EventStore, blobs: BlobStore) => {
            await secrets.learn(gateway);
            for (const warning of configWarnings(gateway)) logger.warn(warning);
            await recordConfinement(gateway, { sandbox, store, clock });
            const toolbox = { http, secrets, redactor, sandbox, clock, store, blobs, folder };
            return new ToolCatalogue(toolSources(gateway, toolbox), redactor);
          },
        },
        {
          provide: Policy,
          inject: [RecentCounts],
          useFactory: (counts: RecentCounts) =>
            new Policy(gateway.policy, { environment, file: gateway.file, counts }),
        },
        {
          provide: ToolPublisher,
          inject: [ToolCatalogue, EventStore, Clock],
          useFactory: (catalogue: ToolCatalogue, store: EventStore, clock: Clock) =>
            new ToolPublisher({ catalogue, store, clock, policyDigest }),
        },
        ...toolcalls,
        ...edge.providers,
      ],
    };
  }

  async onApplicationBootstrap(): Promise<void> {
    this.control.onHalt(() => this.running.abortAll('halted'));
    await this.publisher.start();
  }

  /** A program that outlives its gateway would act when its call counts as lost already. */
  onModuleDestroy(): void {
    setTimeout(() => this.running.abortAll('stopping'), CALLS_END_MS).unref();
  }

  /** After the last call has ended. */
  async onApplicationShutdown(): Promise<void> {
    this.publisher.stop();
    await Promise.all(this.catalogue.sources.map((source) => source.close()));
  }
}
