import { OFFLINE_PROVIDER, OpenAiModel } from '@signalbox/models';
import type { AgentRunnerConfig } from '../config.ts';
import { AgentModel } from '../execution/agent.model.ts';
import { OFFLINE_PLANNER, OfflinePlannerModel } from './offline-planner.model.ts';

/** The model that the configuration names; the offline planner only where it names none. */
export function chooseModel({ settings, model }: AgentRunnerConfig): AgentModel {
  const { provider } = settings;
  if (provider === OFFLINE_PROVIDER) {
    const identity = { provider, model: OFFLINE_PLANNER, offline: true };
    return new AgentModel(new OfflinePlannerModel(), identity);
  }
  return new AgentModel(new OpenAiModel(settings), { provider, model, offline: false });
}
