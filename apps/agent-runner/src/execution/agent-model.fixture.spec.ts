import { type ModelPort, OFFLINE_PROVIDER } from '@signalbox/models';
import { ModelRegistry } from '../models/model-registry.ts';
import { OFFLINE_PLANNER } from '../models/offline-planner.model.ts';
import { RunWatch } from '../ports/run-watch.port.ts';
import { AgentModel } from './agent.model.ts';

/** Nobody watches. */
class UnheardWatch extends RunWatch {
  override open() {
    return { onText: () => undefined, end: () => undefined };
  }
}

/** Asks `port`, in the place of the planner. */
export function agentModelOf(port: ModelPort): AgentModel {
  const identity = { provider: OFFLINE_PROVIDER, model: OFFLINE_PLANNER, offline: true };
  const choose = () => {
    throw new Error('no agent of these tests names a model');
  };
  const usual = { identity, candidates: [identity], port };
  return new AgentModel(new ModelRegistry({ usual, choose }), new UnheardWatch());
}
