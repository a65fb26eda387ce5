import type { NatsConnection } from '@nats-io/nats-core';
import { Module, type DynamicModule } from '@nestjs/common';
import { allEvents } from '@signalbox/contracts';
import { Environment, NATS_CONNECTION, PlatformModule } from '@signalbox/service';
import type { IngestConfig } from './config.ts';
import { AcceptDeliveryHandler } from './intake/accept-delivery.handler.ts';
import { JetStreamSignalPublisher } from './intake/jetstream-signal-publisher.ts';
import { SignalPublisher } from './intake/signal-publisher.port.ts';
import { WebhookController } from './intake/webhook.controller.ts';
import { ApprovalsController } from './operator/approvals.controller.ts';
import { ControlController } from './operator/control.controller.ts';
import { DefinitionWatch } from './operator/definition-watch.ts';
import { HealthController } from './operator/health.controller.ts';
import { QueriesController } from './operator/queries.controller.ts';
import { ReadSide } from './operator/read-side.ts';
import { ResolveApprovalHandler } from './operator/resolve-approval.handler.ts';
import { StatusController } from './operator/status.controller.ts';
import { SwitchControlHandler } from './operator/switch-control.handler.ts';
import { Access } from './security/access.ts';

@Module({})
export class IngestModule {
  static register({ platform, apiKey, databaseUrl }: IngestConfig): DynamicModule {
    return {
      module: IngestModule,
      imports: [
        PlatformModule.register({ service: 'ingest', events: allEvents, config: platform }),
      ],
      controllers: [
        WebhookController,
        ApprovalsController,
        ControlController,
        StatusController,
        QueriesController,
        HealthController,
      ],
      providers: [
        { provide: Access, useFactory: () => new Access(apiKey) },
        { provide: ReadSide, useFactory: () => new ReadSide(databaseUrl) },
        {
          provide: SignalPublisher,
          inject: [NATS_CONNECTION, Environment],
          useFactory: (connection: NatsConnection, { name: env }: Environment) =>
            new JetStreamSignalPublisher({ connection, env }),
        },
        AcceptDeliveryHandler,
        ResolveApprovalHandler,
        SwitchControlHandler,
        DefinitionWatch,
      ],
    };
  }
}
