import { createModel, OFFLINE_PROVIDER } from '@signalbox/models';
import type { AgentRunnerConfig } from '../config.ts';
import { ModelRegistry, type AskedModels } from './model-registry.ts';
import { OFFLINE_PLANNER, OfflinePlannerModel } from './offline-planner.model.ts';

export async function createRegistry(config: AgentRunnerConfig): Promise<ModelRegistry> {
  return new ModelRegistry({ usual: await usualModel(config), choose: config.modelNamed });
}

/** The model that the configuration names; the offline planner only where it names none. */
async function usualModel({ settings }: AgentRunnerConfig): Promise<AskedModels> {
  if (settings.provider === OFFLINE_PROVIDER) {
    const identity = { provider: OFFLINE_PROVIDER, model: OFFLINE_PLANNER, offline: true };
    return { identity, candidates: [identity], port: new OfflinePlannerModel() };
  }
  const candidates = [settings, ...settings.fallbacks].map(({ provider, model }) => ({
    provider,
    model,
  }));
  const { provider, model } = settings;
  const port = await createModel(settings);
  return { identity: { provider, model, offline: false }, candidates, port };
}
