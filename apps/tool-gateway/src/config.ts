import { loadPlatformConfig, readConfig, type Env, type PlatformConfig } from '@signalbox/service';
import { resolve } from 'node:path';
import { z } from 'zod';
import type { GatewayConfig } from './gateway-config/gateway-config.schema.ts';
import { readGatewayConfig } from './gateway-config/read-gateway-config.ts';

const schema = z.object({
  SIGNALBOX_GATEWAY_CONFIG: z.string().default('deploy/gateway.yaml'),
  SIGNALBOX_HOME: z.string().default('.signalbox'),
  SIGNALBOX_BWRAP: z.string().default('bwrap'),
});

export interface ToolGatewayConfig {
  readonly platform: PlatformConfig;
  readonly gateway: GatewayConfig;
  /** Where `env:` references lead. */
  readonly env: Env;
  /** The program that makes sandboxes: a path, or a name on the PATH. */
  readonly bwrap: string;
}

/** @throws AppError `invalid`, naming the variable, or the file and the field. */
export function loadConfig(env: Env): ToolGatewayConfig {
  const settings = readConfig(schema, env);
  const { SIGNALBOX_GATEWAY_CONFIG: file, SIGNALBOX_HOME: home } = settings;
  return {
    platform: loadPlatformConfig(env),
    gateway: readGatewayConfig(file, { SIGNALBOX_HOME: resolve(home) }),
    env,
    bwrap: settings.SIGNALBOX_BWRAP,
  };
}
