import type { Provider } from '@nestjs/common';
import { Clock } from '@signalbox/kernel';
import { CommandBus, RecentCounts } from '@signalbox/messaging';
import { ControlWatch, type HttpOptions } from '@signalbox/service';
import { ToolCatalogue } from '../catalogue/tool-catalogue.ts';
import type { Redactor } from '../secrets/redactor.ts';
import type { Secrets } from '../secrets/secrets.ts';
import { DirectCalls } from './direct-calls.ts';
import { EdgeAccess } from './edge-access.ts';
import { EdgeFilter } from './edge.filter.ts';
import type { EdgeConfig } from './edge.schema.ts';
import { ExecuteController } from './execute.controller.ts';

/** More than arguments may have, and what is around them. */
const BODY_BYTES_MAX = 200_000;
/** For a request to arrive whole; what has not is answered 408 within half a minute after. */
const REQUEST_MAX_MS = 60_000;

export function edgeOptions({ host, port }: EdgeConfig, redactor: Redactor): HttpOptions {
  return {
    host,
    port,
    bodyLimitBytes: BODY_BYTES_MAX,
    server: { requestTimeout: REQUEST_MAX_MS },
    configure: (app) => void app.useGlobalFilters(new EdgeFilter(redactor)),
  };
}

/** The HTTP edge, if there is one. */
export function edgeParts(config: EdgeConfig | undefined, secrets: Secrets) {
  if (!config) return { controllers: [], providers: [] };
  const providers: Provider[] = [
    {
      provide: EdgeAccess,
      inject: [RecentCounts],
      useFactory: (counts: RecentCounts) => new EdgeAccess(config, secrets, counts),
    },
    {
      provide: DirectCalls,
      inject: [CommandBus, ToolCatalogue, Clock, ControlWatch],
      useFactory: (
        bus: CommandBus,
        catalogue: ToolCatalogue,
        clock: Clock,
        control: ControlWatch,
      ) => {
        const { caller } = config;
        return new DirectCalls({ bus, catalogue, clock, caller, epoch: () => control.epoch });
      },
    },
  ];
  return { controllers: [ExecuteController], providers };
}
