import { loadPlatformConfig, type Env, type PlatformConfig } from '@signalbox/service';

export interface AutomationConfig {
  readonly platform: PlatformConfig;
}

/** @throws AppError `invalid`, naming the variable. */
export function loadConfig(env: Env): AutomationConfig {
  return { platform: loadPlatformConfig(env) };
}
