import { agentSchema, type Agent, type DefinitionEvent } from '@signalbox/contracts';
import type { AppError, JsonObject, RecordedEvent } from '@signalbox/kernel';
import { versionsAnswer } from '../definitions/definition-answers.ts';
import { standingAfter, type RecordedAgent } from '../definitions/recorded.ts';
import { renamed, wireForm, type DefinitionInput } from '../definitions/wire-form.ts';

/** Agents as the API and agent files write them. */

export type AgentEvent = Extract<DefinitionEvent, { type: `agent.${string}` }>;
export type AgentInput = DefinitionInput<Omit<Agent, 'id'>>;

/** A limit that is misspelt would be none, so what is unknown within them is refused too. */
const { budget, models } = agentSchema.shape;
const strictAgent = agentSchema.extend({
  budget: budget.unwrap().strict().optional(),
  models: models.unwrap().element.strict().array().max(10).default([]),
});

const form = wireForm(strictAgent, {
  what: 'an agent',
  title: 'Agent',
  names: { stepsMax: 'max_steps' },
});
export const { input: agentInput, answer: agentAnswer, answerShape: agentShape } = form;
export const { fieldsShape: agentFieldsShape } = form;

/** Every version, the newest first. */
export function agentVersions(events: readonly RecordedEvent<AgentEvent>[]): readonly JsonObject[] {
  return versionsAnswer(events, 'agent', (event) => {
    const agent = agentIn(event);
    return agent && form.fields(agent);
  });
}

/** The agent as its first events leave it; undefined when the last of them was its deletion. */
export function agentAfter(
  events: readonly RecordedEvent<AgentEvent>[],
): RecordedAgent | undefined {
  return standingAfter(events, agentIn);
}

function agentIn(event: AgentEvent): Agent | undefined {
  return event.type === 'agent.defined' ? event.data.agent : undefined;
}

/** The same refusal in the names of the wire. */
export function refusalOnWire(error: AppError): AppError {
  return renamed(error, (field) => form.onWire(field.replace(/^agent\./, '')));
}
