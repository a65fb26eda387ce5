import { isMain, runMain, startService, type Env, type RunningService } from '@signalbox/service';
import { AutomationModule } from './automation.module.ts';
import { loadConfig } from './config.ts';

export async function start(env: Env): Promise<RunningService> {
  const config = loadConfig(env);
  return startService({
    service: 'automation',
    module: AutomationModule.register(config),
    config: config.platform,
  });
}

if (isMain(import.meta)) await runMain(start);
