import { modelEnvironment, modelSettings, type ModelSettings } from '@signalbox/models';
import { loadPlatformConfig, readConfig, type Env, type PlatformConfig } from '@signalbox/service';
import { z } from 'zod';

const schema = modelEnvironment
  .extend({
    SIGNALBOX_AGENT_MODEL: z.string().optional(),
    /** Stourio's name for the same. */
    AGENT_MODEL: z.string().optional(),
  })
  .transform((env) => ({
    settings: modelSettings(env),
    model: env.SIGNALBOX_AGENT_MODEL ?? env.AGENT_MODEL ?? 'gpt-4o',
  }));

export interface AgentRunnerConfig {
  readonly platform: PlatformConfig;
  readonly settings: ModelSettings;
  /** The model that agents ask, as its server calls it. */
  readonly model: string;
}

/** @throws AppError `invalid`, naming the variable. */
export function loadConfig(env: Env): AgentRunnerConfig {
  return { platform: loadPlatformConfig(env), ...readConfig(schema, env) };
}
