import { isMain, runMain, startService, type Env, type RunningService } from '@signalbox/service';
import { loadConfig } from './config.ts';
import { RouterModule } from './router.module.ts';

// A handler waits for the disk or for the model nearly all of its time.
const HANDLERS_AT_ONCE = 128;

export function start(env: Env): Promise<RunningService> {
  const config = loadConfig(env);
  return startService({
    service: 'router',
    module: RouterModule.register(config),
    config: config.platform,
    handlersAtOnce: HANDLERS_AT_ONCE,
  });
}

if (isMain(import.meta)) await runMain(start);
