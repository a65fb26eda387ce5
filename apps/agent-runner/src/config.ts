import { modelEnvironment, modelSettings, type ModelSettings } from '@signalbox/models';
import { loadPlatformConfig, readConfig, type Env, type PlatformConfig } from '@signalbox/service';

const schema = modelEnvironment.transform((env) => ({ settings: modelSettings(env, 'agent') }));

export interface AgentRunnerConfig {
  readonly platform: PlatformConfig;
  /** Which models agents ask. */
  readonly settings: ModelSettings;
}

/** @throws AppError `invalid`, naming the variable. */
export function loadConfig(env: Env): AgentRunnerConfig {
  return { platform: loadPlatformConfig(env), ...readConfig(schema, env) };
}
