import type { JsonObject } from '@signalbox/kernel';
import { isMain, runMain, startService, type Env, type RunningService } from '@signalbox/service';
import { loadConfig } from './config.ts';
import { BODY_BYTES_MAX, keepBodiesRaw } from './http/json-body.ts';
import { ProblemFilter } from './http/problem.filter.ts';
import { serverOptions } from './http/server-options.ts';
import { controllers, IngestModule } from './ingest.module.ts';
import { countDeliveries } from './metrics/count-deliveries.ts';
import { apiDocument } from './openapi/document.ts';
import { limitRequests } from './security/limit-requests.ts';
import { version } from './version.ts';

/** The HTTP API as an OpenAPI document. */
export function openApiDocument(): JsonObject {
  return apiDocument(controllers, version);
}

export async function start(env: Env): Promise<RunningService> {
  const config = loadConfig(env);
  return startService({
    service: 'ingest',
    module: IngestModule.register(config),
    config: config.platform,
    http: {
      host: config.host,
      port: config.port,
      bodyLimitBytes: BODY_BYTES_MAX,
      server: serverOptions(config.trustedProxies),
      configure: (app) => {
        keepBodiesRaw(app);
        app.useGlobalFilters(new ProblemFilter());
        countDeliveries(app);
        limitRequests(app);
      },
    },
  });
}

if (isMain(import.meta)) await runMain(start);
