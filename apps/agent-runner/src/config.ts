import { type Budgets, readBudgets } from '@signalbox/executions';
import {
  addPrices,
  type ModelChoice,
  modelEnvironment,
  type ModelName,
  modelNamed,
  modelSettings,
  type ModelSettings,
} from '@signalbox/models';
import { loadPlatformConfig, readConfig, type Env, type PlatformConfig } from '@signalbox/service';
import { z } from 'zod';

/** A handler waits for its model nearly all of its time. */
const SLOTS = 500;
/** Each may hold a journal, a conversation and an answer under way. */
const SLOTS_MAX = 5_000;

const slots = z.coerce.number().int().min(1).max(SLOTS_MAX).default(SLOTS);
const schema = modelEnvironment
  .extend({ SIGNALBOX_AGENT_SLOTS: slots, SIGNALBOX_BUDGETS: z.string().optional() })
  .transform((env) => ({
    slots: env.SIGNALBOX_AGENT_SLOTS,
    budgetsFile: env.SIGNALBOX_BUDGETS,
    pricesFile: env.SIGNALBOX_MODEL_PRICES,
    settings: modelSettings(env, 'agent'),
    modelNamed: (name: ModelName) => modelNamed(name, env, 'agent'),
  }));

export interface AgentRunnerConfig {
  readonly platform: PlatformConfig;
  /** Most runs that this process carries on at once; those that wait hold none. */
  readonly slots: number;
  readonly budgets: Budgets;
  /** Which models are asked for agents that name none. */
  readonly settings: ModelSettings;
  /**
   * What is needed to ask a model that an agent names.
   * @throws AppError `invalid`, naming the variable that is missing.
   */
  readonly modelNamed: (name: ModelName) => ModelChoice;
}

/** @throws AppError `invalid`, naming the variable, or the file and the field. */
export function loadConfig(env: Env): AgentRunnerConfig {
  const { budgetsFile, pricesFile, ...config } = readConfig(schema, env);
  if (pricesFile !== undefined) addPrices(pricesFile);
  return { platform: loadPlatformConfig(env), ...config, budgets: readBudgets(budgetsFile) };
}
