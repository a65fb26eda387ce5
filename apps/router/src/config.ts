import { readBudgets } from '@signalbox/executions';
import { addPrices, modelEnvironment, modelSettings } from '@signalbox/models';
import { type Env, loadPlatformConfig, readConfig } from '@signalbox/service';
import { z } from 'zod';

const schema = modelEnvironment
  .extend({
    /** A model that says it is less sure, from 0 to 1, needs a person's approval to act. */
    SIGNALBOX_ROUTING_CONFIDENCE_MIN: z.coerce.number().min(0).max(1).default(0.5),
    /** A problem that was not reported for so long is not open any more. */
    SIGNALBOX_PROBLEM_QUIET_MS: z.coerce
      .number()
      .int()
      .min(1_000)
      .default(24 * 60 * 60_000),
    SIGNALBOX_BUDGETS: z.string().optional(),
  })
  .transform((env) => ({
    settings: modelSettings(env, 'router'),
    confidenceMin: env.SIGNALBOX_ROUTING_CONFIDENCE_MIN,
    quietMs: env.SIGNALBOX_PROBLEM_QUIET_MS,
    budgetsFile: env.SIGNALBOX_BUDGETS,
    pricesFile: env.SIGNALBOX_MODEL_PRICES,
  }));

export type RouterConfig = ReturnType<typeof loadConfig>;

/** @throws AppError `invalid`, naming the variable, or the file and the field. */
export function loadConfig(env: Env) {
  const { budgetsFile, pricesFile, ...config } = readConfig(schema, env);
  if (pricesFile !== undefined) addPrices(pricesFile);
  return { platform: loadPlatformConfig(env), ...config, budgets: readBudgets(budgetsFile) };
}
