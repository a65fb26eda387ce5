import { runMain, startService, type Env, type RunningService } from '@signalbox/service';
import { loadConfig } from './config.ts';
import { BODY_BYTES_MAX, keepBodiesRaw } from './http/json-body.ts';
import { ProblemFilter } from './http/problem.filter.ts';
import { serverOptions } from './http/server-options.ts';
import { IngestModule } from './ingest.module.ts';
import { countDeliveries } from './metrics/count-deliveries.ts';
import { limitRequests } from './security/limit-requests.ts';

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

if (import.meta.main) await runMain(start);
