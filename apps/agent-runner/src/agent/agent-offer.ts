import type { Agent, AgentOffer } from '@signalbox/contracts';
import { digestOf, type JsonObject } from '@signalbox/kernel';

/** Providers of models allow no more characters in the name of a tool. */
const TOOL_NAME_CHARS_MAX = 64;
const PREFIX = 'agent__';
/** Of what an agent is for, where that has to be taken from its role. */
const DESCRIPTION_CHARS_MAX = 1_000;

/** Of an agent's id, so that other agents may use it. */
export const AGENT_ID_CHARS_MAX = TOOL_NAME_CHARS_MAX - PREFIX.length;

const objectiveOnly: JsonObject = {
  type: 'object',
  properties: { objective: { type: 'string', minLength: 1 } },
  required: ['objective'],
  additionalProperties: false,
};

/** An agent as another one may use it. */
export function agentOfferOf(agent: Agent): AgentOffer {
  const { id, name, role, description, inputSchema } = agent;
  return {
    tool: `${PREFIX}${id}`,
    agent: id,
    description: description ?? `${name}: ${role}`.slice(0, DESCRIPTION_CHARS_MAX).toWellFormed(),
    inputSchema: inputSchema ?? objectiveOnly,
    definitionDigest: digestOf(agent),
  };
}
