import { isMain, runMain, startService, type Env, type RunningService } from '@signalbox/service';
import { AgentRunnerModule } from './agent-runner.module.ts';
import { loadConfig } from './config.ts';

export async function start(env: Env): Promise<RunningService> {
  const config = loadConfig(env);
  return startService({
    service: 'agent-runner',
    module: AgentRunnerModule.register(config),
    config: config.platform,
    handlersAtOnce: config.slots,
  });
}

if (isMain(import.meta)) await runMain(start);
