import type { ExecutionPlan } from '@signalbox/contracts';
import { journalOf, type Run, type Waiting } from '@signalbox/executions';
import { fold, type JsonObject } from '@signalbox/kernel';
import type { RunEvents } from './execution-log.ts';
import { runSteps } from './run-steps.ts';
import { runUsage } from './run-usage.ts';

/** A run as the API tells it, all of it out of its journal. */
export function executionAnswer(events: RunEvents): JsonObject {
  const run = runOf(events);
  const last = events.at(-1) ?? events[0];
  const { started, plan, end } = run;
  return {
    execution_id: started.executionId,
    signal_id: started.signalId,
    source: started.source ?? null,
    kind: plan.kind,
    target: plan.kind === 'agent' ? plan.agent : plan.workflow,
    objective: started.objective,
    input: started.input,
    risk_level: started.riskLevel,
    approval_required: started.approvalRequired,
    status: statusOf(run),
    reason: end?.event.type === 'execution.failed' ? end.event.data.reason : null,
    outcome: outcomeOf(run),
    started_at: events[0].record.time.toISOString(),
    ended_at: end ? last.record.time.toISOString() : null,
    updated_at: last.record.time.toISOString(),
    sequence: last.record.sequence,
    parent: parentOf(events),
    plan: planAnswer(plan),
    waiting: run.waiting ? waitingAnswer(run.waiting) : null,
    lease: end || !run.lease ? null : { ...run.lease },
    usage: runUsage(events),
    steps: runSteps(events),
  };
}

export function runOf(events: RunEvents): Run {
  const run = fold(journalOf, events);
  if (!run) throw new Error('a journal with events has a run');
  return run;
}

/** As the contract has it: a run that nobody has taken up yet is pending. */
export function statusOf({ status, runner }: Run): string {
  return status === 'running' && runner === undefined ? 'pending' : status;
}

/** How it ended, in words; null while it goes on. */
export function outcomeOf({ end }: Run): string | null {
  switch (end?.event.type) {
    case 'execution.completed':
      return end.event.data.summary;
    case 'execution.failed':
      return `${end.event.data.reason}: ${end.event.data.detail}`;
    case 'execution.rejected':
      return end.event.data.outcome;
    case 'execution.halted':
      return end.event.data.detail;
    case undefined:
      return null;
  }
}

function parentOf([{ data }]: RunEvents): JsonObject | null {
  const parent = 'parent' in data ? data.parent : undefined;
  if (!parent) return null;
  return { execution_id: parent.executionId, call_id: parent.callId, depth: parent.depth };
}

/** What the run is bound to for its whole life. */
function planAnswer(plan: ExecutionPlan): JsonObject {
  if (plan.kind === 'automation') {
    const { workflow, workflowVersion, steps } = plan;
    return { workflow, workflow_version: workflowVersion, steps: steps.map(({ name }) => name) };
  }
  const { agent, agentVersion, models, tools, agents, stepsMax, deadlineMs, budget } = plan;
  return {
    agent,
    agent_version: agentVersion,
    models,
    tools: tools.map(({ name, definitionDigest }) => ({
      name,
      definition_digest: definitionDigest,
    })),
    agents: agents.map((offer) => ({
      agent: offer.agent,
      definition_digest: offer.definitionDigest,
    })),
    max_steps: stepsMax,
    deadline_ms: deadlineMs ?? null,
    budget: budget ? { tokens: budget.tokens ?? null, usd: budget.usd ?? null } : null,
    resource: plan.resource ?? null,
  };
}

function waitingAnswer(waiting: Waiting): JsonObject {
  const since = waiting.record?.time.toISOString() ?? null;
  switch (waiting.for) {
    case 'approval':
      return { for: 'approval', approval_id: waiting.approvalId, since };
    case 'tool': {
      const { callId, tool } = waiting.request.use;
      return { for: 'tool', call_id: callId, tool, since };
    }
    case 'timer': {
      const { step, attempt, until } = waiting;
      return { for: 'model', step, attempt, until: until.toISOString(), since };
    }
    case 'lease':
      return { for: 'lease', resource: waiting.resource, since };
  }
}
