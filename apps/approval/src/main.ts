import { isMain, runMain, startService, type Env, type RunningService } from '@signalbox/service';
import { ApprovalModule } from './approval.module.ts';
import { loadConfig } from './config.ts';

export async function start(env: Env): Promise<RunningService> {
  const config = loadConfig(env);
  return startService({
    service: 'approval',
    module: ApprovalModule.register(config),
    config: config.platform,
  });
}

if (isMain(import.meta)) await runMain(start);
