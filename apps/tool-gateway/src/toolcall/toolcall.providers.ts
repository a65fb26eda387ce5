import type { Provider } from '@nestjs/common';
import { Leases } from '@signalbox/executions';
import { Clock } from '@signalbox/kernel';
import { BlobStore, CommandBus, EventStore } from '@signalbox/messaging';
import { ToolCatalogue } from '../catalogue/tool-catalogue.ts';
import type { LimitsConfig } from '../gateway-config/gateway-config.schema.ts';
import { Policy } from '../policy/policy.ts';
import type { Redactor } from '../secrets/redactor.ts';
import { InvocationChecks } from './invocation-checks.ts';
import { InvokeToolHandler } from './invoke-tool.handler.ts';
import { ResolveCallHandler } from './resolve-call.handler.ts';
import { RunningCalls } from './running-calls.ts';
import { ToolcallLog } from './toolcall-log.ts';

export interface ToolcallOptions {
  readonly policyDigest: string;
  readonly limits: LimitsConfig;
  readonly redactor: Redactor;
  /** The instance of this gateway. */
  readonly gateway: string;
}

/** What carries out the commands that are about tool calls. */
export function toolcallProviders(options: ToolcallOptions): readonly Provider[] {
  const running = new RunningCalls();
  const shared = { ...options, running };
  return [
    { provide: RunningCalls, useValue: running },
    {
      provide: ToolcallLog,
      inject: [EventStore],
      useFactory: (store: EventStore) => new ToolcallLog(store),
    },
    {
      provide: InvocationChecks,
      inject: [EventStore, Clock, ToolCatalogue, Policy],
      useFactory: (store: EventStore, clock: Clock, catalogue: ToolCatalogue, policy: Policy) => {
        const leases = new Leases(store, clock);
        return new InvocationChecks({ store, leases, catalogue, policy, limits: options.limits });
      },
    },
    {
      provide: InvokeToolHandler,
      inject: [ToolcallLog, CommandBus, BlobStore, InvocationChecks],
      useFactory: (log: ToolcallLog, bus: CommandBus, blobs: BlobStore, checks: InvocationChecks) =>
        new InvokeToolHandler({ log, bus, blobs, checks, ...shared }),
    },
    {
      provide: ResolveCallHandler,
      inject: [ToolcallLog, CommandBus, BlobStore, InvocationChecks],
      useFactory: (log: ToolcallLog, bus: CommandBus, blobs: BlobStore, checks: InvocationChecks) =>
        new ResolveCallHandler({ log, bus, blobs, checks, ...shared }),
    },
  ];
}
