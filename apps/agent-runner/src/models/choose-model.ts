import { createModel, OFFLINE_PROVIDER } from '@signalbox/models';
import type { AgentRunnerConfig } from '../config.ts';
import { AgentModel } from '../execution/agent.model.ts';
import { OFFLINE_PLANNER, OfflinePlannerModel } from './offline-planner.model.ts';

/** The model that the configuration names; the offline planner only where it names none. */
export async function chooseModel({ settings }: AgentRunnerConfig): Promise<AgentModel> {
  if (settings.provider === OFFLINE_PROVIDER) {
    const identity = { provider: OFFLINE_PROVIDER, model: OFFLINE_PLANNER, offline: true };
    return new AgentModel(new OfflinePlannerModel(), identity);
  }
  const { provider, model } = settings;
  return new AgentModel(await createModel(settings), { provider, model, offline: false });
}
