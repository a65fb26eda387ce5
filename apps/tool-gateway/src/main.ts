import { runMain, startService, type Env, type RunningService } from '@signalbox/service';
import { loadConfig } from './config.ts';
import { ToolGatewayModule } from './tool-gateway.module.ts';

// A handler waits for its tool nearly all of its time.
const HANDLERS_AT_ONCE = 100;

export async function start(env: Env): Promise<RunningService> {
  const config = loadConfig(env);
  return startService({
    service: 'tool-gateway',
    module: ToolGatewayModule.register(config),
    config: config.platform,
    handlersAtOnce: HANDLERS_AT_ONCE,
  });
}

if (import.meta.main) await runMain(start);
