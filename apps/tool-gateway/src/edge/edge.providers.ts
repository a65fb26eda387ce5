import { UnsupportedMediaTypeException, type Provider } from '@nestjs/common';
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
/** What the framework would read as well. */
const OTHER_TYPES = ['application/x-www-form-urlencoded', 'text/plain', '*'];
/** For a request to arrive whole; what has not is answered 408 within half a minute after. */
const REQUEST_MAX_MS = 60_000;

export function edgeOptions({ host, port }: EdgeConfig, redactor: Redactor): HttpOptions {
  return {
    host,
    port,
    bodyLimitBytes: BODY_BYTES_MAX,
    server: { requestTimeout: REQUEST_MAX_MS },
    configure: (app) => {
      app.useGlobalFilters(new EdgeFilter(redactor));
      for (const type of OTHER_TYPES) app.useBodyParser(type, {}, refuseBody);
    },
  };
}

function refuseBody(_request: unknown, _body: Buffer, done: (error: Error) => void): void {
  done(new UnsupportedMediaTypeException('The body has to be application/json.'));
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
