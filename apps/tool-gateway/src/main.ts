import { isMain, runMain, startService, type Env, type RunningService } from '@signalbox/service';
import { loadConfig } from './config.ts';
import { edgeOptions } from './edge/edge.providers.ts';
import { Redactor } from './secrets/redactor.ts';
import { ToolGatewayModule } from './tool-gateway.module.ts';

// A handler waits for its tool nearly all of its time.
const HANDLERS_AT_ONCE = 100;

export { gatewayConfigSchema } from './gateway-config/gateway-config.schema.ts';
export type { Tool } from './ports/tool.port.ts';
export { upstreamAlone } from './tools/upstream-alone.ts';

export async function start(env: Env): Promise<RunningService> {
  const config = loadConfig(env);
  const { edge } = config.gateway;
  const redactor = new Redactor();
  return startService({
    service: 'tool-gateway',
    module: ToolGatewayModule.register(config, redactor),
    config: config.platform,
    handlersAtOnce: HANDLERS_AT_ONCE,
    leavesDeadMessages: true,
    redactLog: (line) => redactor.redact(line),
    ...(edge && { http: edgeOptions(edge, redactor) }),
  });
}

if (isMain(import.meta)) await runMain(start);
