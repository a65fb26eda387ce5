import {
  executionActivated,
  executionCompleted,
  executionStarted,
  modelAnswered,
  modelCallRequested,
  toolRequested,
  toolSettled,
  type ToolOutcome,
} from '@signalbox/contracts';
import { digestOf, newId, type DataOf, type DomainEvent } from '@signalbox/kernel';
import type { JetStreamEventStore } from '@signalbox/messaging';

/** Runs in the log, as the services that own them would write them. */

type Started = DataOf<typeof executionStarted>;

export function begun(executionId: string, about: Partial<Started> = {}): DomainEvent {
  return executionStarted.of({
    executionId,
    signalId: newId(),
    objective: 'Find out why.',
    input: { service: 'checkout' },
    riskLevel: 'low',
    approvalRequired: false,
    source: 'datadog',
    plan: {
      kind: 'agent',
      agent: 'disk_doctor',
      agentVersion: 3,
      role: 'You look.',
      tools: [],
      stepsMax: 8,
      budget: { tokens: 1000 },
    },
    ...about,
  } as Started);
}

export const workflowPlan = {
  kind: 'automation',
  workflow: 'restart_service',
  workflowVersion: 2,
  steps: [{ name: 'restart', tool: 't', arguments: {} }],
} as const;

const model = { provider: 'anthropic', model: 'm', offline: false };

/** A run that asked the model, and whose first tool call has this outcome, if any yet. */
export function firstStep(callId: string, outcome?: ToolOutcome): readonly DomainEvent[] {
  const use = { callId, tool: 'get_recent_logs', arguments: { service: 'checkout' } };
  return [
    executionActivated.of({ runner: 'one' }),
    modelCallRequested.of({ step: 1, ...model }),
    modelAnswered.of({
      step: 1,
      ...model,
      text: 'I look at the logs.',
      toolUses: [use],
      promptTokens: 100,
      cacheReadTokens: 40,
      completionTokens: 10,
      usd: 0.002,
    }),
    toolRequested.of({ step: 1, use, definitionDigest: digestOf('x') }),
    ...(outcome ? [toolSettled.of({ step: 1, callId, outcome })] : []),
  ];
}

/** A run that used the sub-agent `helper`. */
export function delegated(executionId: string, callId: string): readonly DomainEvent[] {
  const use = { callId, tool: 'agent__helper', arguments: { objective: 'find out' } };
  const told = { agent: 'helper', description: '', inputSchema: {} };
  const agents = [{ ...told, tool: use.tool, definitionDigest: digestOf('helper') }];
  const lead = { agent: 'lead', agentVersion: 1, role: 'r', stepsMax: 3 };
  const plan = { kind: 'agent' as const, ...lead, tools: [], agents, models: [] };
  return [
    begun(executionId, { plan }),
    toolRequested.of({ step: 1, use, definitionDigest: digestOf('helper') }),
  ];
}

export const completed = executionCompleted.of({ summary: 'The disk was full.' });

/** Appends behind what is there. */
export async function append(
  store: JetStreamEventStore,
  aggregate: string,
  id: string,
  ...events: readonly DomainEvent[]
): Promise<void> {
  const ref = { aggregate, id };
  const { head } = await store.read(ref, { fresh: true });
  const cause = newId();
  await store.append(ref, head, events, {
    correlationId: cause,
    causationId: cause,
    actor: 'service:agent-runner',
    epoch: 0,
  });
}
