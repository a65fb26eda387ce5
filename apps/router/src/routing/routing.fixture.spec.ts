import { agentSchema, workflowSchema } from '@signalbox/contracts';
import type { ModelAnswer, ModelToolUse } from '@signalbox/models';
import type { Targets } from './routing-tools.ts';

/** Agents and workflows under these ids. */
export function someTargets(agents: readonly string[], workflows: readonly string[] = []): Targets {
  const step = { name: 's', tool: 't', arguments: {} };
  return {
    agents: new Map(
      agents.map((id) => [
        id,
        agentSchema.parse({ id, name: `A ${id}`, role: `You ${id}.`, tools: [], stepsMax: 3 }),
      ]),
    ),
    workflows: new Map(
      workflows.map((id) => [
        id,
        workflowSchema.parse({ id, name: `W ${id}`, description: `To ${id}.`, steps: [step] }),
      ]),
    ),
  };
}

/** What a language model answered, with these uses of tools. */
export function answerWith(...toolUses: readonly ModelToolUse[]): ModelAnswer {
  return {
    text: 'I restarted everything.',
    toolUses,
    promptTokens: 10,
    completionTokens: 1,
    provider: 'openai',
    model: 'm',
    offline: false,
  };
}
