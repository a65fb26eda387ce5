import type { Agent, DefinitionEvent, VersionedRule, Workflow } from '@signalbox/contracts';
import type { RecordedEvent } from '@signalbox/kernel';

/** Aggregates whose events define what the router may decide. */
export const DEFINITION_AGGREGATES = ['rule', 'agent', 'workflow'] as const;

/** The rules, agents and workflows that stand in the audit stream, by id. */
export interface Definitions {
  readonly rules: ReadonlyMap<string, VersionedRule>;
  readonly agents: ReadonlyMap<string, Agent>;
  readonly workflows: ReadonlyMap<string, Workflow>;
}

export const noDefinitions: Definitions = {
  rules: new Map(),
  agents: new Map(),
  workflows: new Map(),
};

export function evolve(
  { rules, agents, workflows }: Definitions,
  event: RecordedEvent<DefinitionEvent>,
): Definitions {
  const id = event.record.aggregateId;
  switch (event.type) {
    case 'rule.defined':
      return {
        rules: new Map(rules).set(id, { ...event.data.rule, version: event.record.version }),
        agents,
        workflows,
      };
    case 'rule.deleted':
      return { rules: new Map([...rules].filter(([key]) => key !== id)), agents, workflows };
    case 'agent.defined':
      return { rules, agents: new Map(agents).set(id, event.data.agent), workflows };
    case 'agent.deleted':
      return { rules, agents: new Map([...agents].filter(([key]) => key !== id)), workflows };
    case 'workflow.defined':
      return { rules, agents, workflows: new Map(workflows).set(id, event.data.workflow) };
  }
}
