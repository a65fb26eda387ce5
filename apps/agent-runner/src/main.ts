import { runMain, startService, type Env, type RunningService } from '@signalbox/service';
import { AgentRunnerModule } from './agent-runner.module.ts';
import { loadConfig } from './config.ts';

// A handler waits for its model nearly all of its time.
const HANDLERS_AT_ONCE = 500;

export async function start(env: Env): Promise<RunningService> {
  const config = loadConfig(env);
  return startService({
    service: 'agent-runner',
    module: AgentRunnerModule.register(config),
    config: config.platform,
    handlersAtOnce: HANDLERS_AT_ONCE,
  });
}

if (import.meta.main) await runMain(start);
