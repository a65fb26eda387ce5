import { loadPlatformConfig, readConfig, type Env, type PlatformConfig } from '@signalbox/service';
import { resolve } from 'node:path';
import { z } from 'zod';
import type { GatewayConfig } from './gateway-config/gateway-config.schema.ts';
import { readGatewayConfig } from './gateway-config/read-gateway-config.ts';

const schema = z.object({
  SIGNALBOX_GATEWAY_CONFIG: z.string().default('deploy/gateway.yaml'),
  SIGNALBOX_HOME: z.string().default('.signalbox'),
});

export interface ToolGatewayConfig {
  readonly platform: PlatformConfig;
  readonly gateway: GatewayConfig;
  /** Where `env:` references lead. */
  readonly env: Env;
}

/** @throws AppError `invalid`, naming the variable, or the file and the field. */
export function loadConfig(env: Env): ToolGatewayConfig {
  const { SIGNALBOX_GATEWAY_CONFIG: file, SIGNALBOX_HOME: home } = readConfig(schema, env);
  return {
    platform: loadPlatformConfig(env),
    gateway: readGatewayConfig(file, { SIGNALBOX_HOME: resolve(home) }),
    env,
  };
}
