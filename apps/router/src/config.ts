import { modelEnvironment, modelSettings } from '@signalbox/models';
import { type Env, loadPlatformConfig, readConfig } from '@signalbox/service';
import { z } from 'zod';

const schema = modelEnvironment
  .extend({
    SIGNALBOX_ROUTER_MODEL: z.string().optional(),
    /** Stourio's name for the same. */
    ORCHESTRATOR_MODEL: z.string().optional(),
  })
  .transform((env) => ({
    settings: modelSettings(env),
    model: env.SIGNALBOX_ROUTER_MODEL ?? env.ORCHESTRATOR_MODEL ?? 'gpt-4o-mini',
  }));

export type RouterConfig = ReturnType<typeof loadConfig>;

export function loadConfig(env: Env) {
  return { platform: loadPlatformConfig(env), ...readConfig(schema, env) };
}
