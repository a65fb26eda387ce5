import type { NatsConnection } from '@nats-io/nats-core';
import { Module, type DynamicModule } from '@nestjs/common';
import { allEvents } from '@signalbox/contracts';
import { Environment, NATS_CONNECTION, PlatformModule } from '@signalbox/service';
import { AgentCommands } from './agents/agent-commands.ts';
import { AgentsController } from './agents/agents.controller.ts';
import { BacktestController } from './backtest/backtest.controller.ts';
import { Backtester } from './backtest/backtester.ts';
import { ChatController } from './chat/chat.controller.ts';
import { chatProviders } from './chat/chat.providers.ts';
import type { IngestConfig } from './config.ts';
import { DeadLetters } from './dead-letters/dead-letters.ts';
import { DeadLettersController } from './dead-letters/dead-letters.controller.ts';
import { RedriveDeadLetterHandler } from './dead-letters/redrive-dead-letter.handler.ts';
import { CancelExecutionHandler } from './executions/cancel-execution.handler.ts';
import { ExecutionLog } from './executions/execution-log.ts';
import { ExecutionsController } from './executions/executions.controller.ts';
import { LiveController } from './executions/live.controller.ts';
import { LiveRuns } from './executions/live-runs.ts';
import { ToolCallsController } from './executions/tool-calls.controller.ts';
import { AcceptDeliveryHandler } from './intake/accept-delivery.handler.ts';
import { JetStreamSignalPublisher } from './intake/jetstream-signal-publisher.ts';
import { SignalPublisher } from './intake/signal-publisher.port.ts';
import { WebhookController } from './intake/webhook.controller.ts';
import { MetricsController } from './metrics/metrics.controller.ts';
import { ApiDocument } from './openapi/api-document.ts';
import { DocsController } from './openapi/docs.controller.ts';
import { ApprovalsController } from './operator/approvals.controller.ts';
import { BlobsController } from './operator/blobs.controller.ts';
import { ControlController } from './operator/control.controller.ts';
import { DefinitionWatch } from './definitions/definition-watch.ts';
import { HealthController } from './operator/health.controller.ts';
import { QueriesController } from './operator/queries.controller.ts';
import { readModelProviders } from './operator/read-model.providers.ts';
import { ResolveApprovalHandler } from './operator/resolve-approval.handler.ts';
import { ServiceRequests } from './operator/service-requests.ts';
import { StatusController } from './operator/status.controller.ts';
import { SwitchControlHandler } from './operator/switch-control.handler.ts';
import { ApplyRulesHandler } from './rules/apply-rules.handler.ts';
import { RuleCommands } from './rules/rule-commands.ts';
import { RuleSetsController } from './rules/rule-sets.controller.ts';
import { RulesController } from './rules/rules.controller.ts';
import { TestRulesHandler } from './rules/test-rules.handler.ts';
import { accessProviders } from './security/access.providers.ts';
import { version } from './version.ts';
import { watchdogProviders } from './watchdog/watchdog.providers.ts';

/** Every route there is. */
export const controllers = [
  WebhookController,
  ChatController,
  ApprovalsController,
  ControlController,
  StatusController,
  QueriesController,
  BlobsController,
  HealthController,
  MetricsController,
  DeadLettersController,
  RulesController,
  AgentsController,
  ExecutionsController,
  LiveController,
  ToolCallsController,
  RuleSetsController,
  BacktestController,
  DocsController,
];

@Module({})
export class IngestModule {
  static register(config: IngestConfig): DynamicModule {
    return {
      module: IngestModule,
      imports: [
        PlatformModule.register({ service: 'ingest', events: allEvents, config: config.platform }),
      ],
      controllers,
      providers: [
        { provide: ApiDocument, useFactory: () => new ApiDocument(controllers, version) },
        ...accessProviders(config),
        ...watchdogProviders(config.watchdog),
        ...readModelProviders(config.databaseUrl),
        {
          provide: SignalPublisher,
          inject: [NATS_CONNECTION, Environment],
          useFactory: (connection: NatsConnection, { name: env }: Environment) =>
            new JetStreamSignalPublisher({ connection, env }),
        },
        AcceptDeliveryHandler,
        ...chatProviders(config),
        {
          provide: DeadLetters,
          inject: [NATS_CONNECTION, Environment],
          useFactory: (connection: NatsConnection, { name: env }: Environment) =>
            new DeadLetters(connection, env),
        },
        RedriveDeadLetterHandler,
        ServiceRequests,
        ResolveApprovalHandler,
        SwitchControlHandler,
        DefinitionWatch,
        RuleCommands,
        AgentCommands,
        ExecutionLog,
        CancelExecutionHandler,
        LiveRuns,
        ApplyRulesHandler,
        TestRulesHandler,
        Backtester,
      ],
    };
  }
}
