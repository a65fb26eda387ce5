import type { Agent } from '@signalbox/contracts';
import {
  type DefinedTarget,
  type DefinitionCatalogue,
  fillText,
  placeholdersOf,
} from '@signalbox/executions';
import { AppError, type Json } from '@signalbox/kernel';
import { asToken } from '@signalbox/messaging';
import { agentOfferOf } from '../agent/agent-offer.ts';
import type { AgentPlan } from './agent.planner.ts';
import { systemPromptOf } from './conversation.ts';

/** Of a run, waiting for people included, where its agent says nothing: a day. */
const DEADLINE_MS = 24 * 60 * 60_000;

/** What a run is bound to for its whole life, whatever is defined meanwhile. */
export function pinnedPlan(
  { definition, version }: DefinedTarget<Agent>,
  input: Json,
  catalogue: DefinitionCatalogue,
): AgentPlan {
  const { id, role, models, stepsMax, deadlineMs = DEADLINE_MS, budget } = definition;
  const resource = resourceOf(definition, input);
  const others = catalogue.agents(definition.agents).filter((other) => other.id !== id);
  const agents = others.map(agentOfferOf);
  // Providers refuse two tools of one name.
  const taken = new Set(agents.map(({ tool }) => tool));
  return {
    kind: 'agent',
    agent: id,
    agentVersion: version,
    role,
    system: systemPromptOf(role),
    tools: catalogue.offers(definition.tools).filter(({ name }) => !taken.has(name)),
    agents,
    models,
    stepsMax,
    deadlineMs,
    ...(budget && { budget }),
    ...(resource !== undefined && { resource }),
  };
}

/** Of a run that never gets anywhere. */
export function emptyPlan(agent: string): AgentPlan {
  return {
    kind: 'agent',
    agent,
    agentVersion: 1,
    role: '',
    tools: [],
    agents: [],
    models: [],
    stepsMax: 1,
  };
}

/** Undefined too where the input has not what the name is made of. */
function resourceOf({ resource }: Agent, input: Json): string | undefined {
  if (resource === undefined) return undefined;
  try {
    return asToken(fillText(resource, placeholdersOf(input)));
  } catch (error) {
    if (error instanceof AppError && error.code === 'unknown_placeholder') return undefined;
    throw error;
  }
}
