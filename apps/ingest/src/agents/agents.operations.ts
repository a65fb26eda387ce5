import { z } from 'zod';
import { CHANGED_MEANWHILE, versionsShape } from '../definitions/definition.operations.ts';
import { operation } from '../openapi/operation.ts';
import { LATER, pending } from '../openapi/shapes.ts';
import { agentFieldsShape, agentInput, agentShape } from './agent-wire.ts';

const later = { description: LATER, body: pending({ agent_id: z.string() }) };
const missing = 'There is no such agent.';

export const listAgents = operation({
  id: 'listAgents',
  summary: 'Every agent that may be started',
  answers: { 200: { description: 'By their ids.', body: z.array(agentShape) } },
});

export const showAgent = operation({
  id: 'showAgent',
  summary: 'All of one agent',
  answers: { 200: { description: 'The agent.', body: agentShape } },
  problems: { 404: missing },
});

export const createAgent = operation({
  id: 'createAgent',
  summary: 'Make an agent',
  description: 'One that was deleted may come back, with its versions.',
  body: agentInput,
  answers: { 201: { description: 'The agent.', body: agentShape }, 202: later },
  problems: { 409: 'There is one of that id.' },
});

export const replaceAgent = operation({
  id: 'replaceAgent',
  summary: 'The whole agent anew',
  body: agentInput,
  answers: { 200: { description: 'The agent.', body: agentShape }, 202: later },
  problems: { 404: missing, 409: CHANGED_MEANWHILE },
});

export const deleteAgent = operation({
  id: 'deleteAgent',
  summary: 'No longer start an agent; its runs go on',
  answers: {
    200: {
      description: 'It is not started any more.',
      body: z.object({ status: z.literal('deleted'), agent_id: z.string() }),
    },
    202: later,
  },
  problems: { 404: missing, 409: 'It was changed meanwhile.' },
});

export const agentVersions = operation({
  id: 'agentVersions',
  summary: 'Every version of an agent, also of a deleted one',
  answers: {
    200: { description: 'The newest first.', body: versionsShape('agent', agentFieldsShape) },
  },
  problems: { 404: 'There never was such an agent.' },
});
