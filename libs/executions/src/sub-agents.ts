import { startAgent, type AgentOffer, type ToolOutcome, type ToolUse } from '@signalbox/contracts';
import {
  canonicalJson,
  deriveId,
  type Command,
  type Json,
  type JsonObject,
} from '@signalbox/kernel';
import type { EndEvent, Run } from './execution.state.ts';
import { argumentRefusal, refused } from './refusal.ts';

/** Agents within each other below the one that a decision started. */
const DEPTH_MAX = 3;

/** Why a sub-agent is not started, as what became of the tool use. */
export function refusalOf(
  run: Run,
  offer: AgentOffer,
  given: ToolUse['arguments'],
): ToolOutcome | undefined {
  if (depthOf(run) >= DEPTH_MAX) {
    return refused('nesting_depth', `Agents nest no deeper than ${DEPTH_MAX} levels.`);
  }
  return argumentRefusal(offer.inputSchema, given);
}

/** The run that answers a tool use. */
export function childIdOf(callId: string): string {
  return deriveId(callId, 'run');
}

/** The signal goes with it, so that the sub-agent too knows what it is about. */
export function startOfChild(run: Run, { agent }: AgentOffer, use: ToolUse): Command {
  const { executionId, signalId, riskLevel, source, input } = run.started;
  const { callId, arguments: given } = use;
  return startAgent.of({
    agent,
    executionId: childIdOf(callId),
    signalId,
    objective: typeof given.objective === 'string' ? given.objective : canonicalJson(given),
    input: { ...asObject(input), arguments: given },
    riskLevel,
    approvalRequired: false,
    source,
    parent: { executionId, callId, depth: depthOf(run) + 1 },
  });
}

/** How a run's end looks to the run that used it as a tool. */
export function outcomeOf({ type, data }: EndEvent): ToolOutcome {
  switch (type) {
    case 'execution.completed':
      return { status: 'succeeded', result: { summary: data.summary } };
    case 'execution.failed':
      return { status: 'failed', code: data.reason, message: data.detail };
    case 'execution.halted':
      return { status: 'failed', code: 'halted', message: data.detail };
    case 'execution.rejected':
      return {
        status: 'failed',
        code: 'rejected',
        message:
          data.outcome === 'expired' ? 'Nobody agreed to it in time.' : 'A person refused it.',
      };
  }
}

function depthOf({ started }: Run): number {
  return started.parent?.depth ?? 0;
}

function asObject(input: Json): JsonObject {
  const isObject = typeof input === 'object' && input !== null && !Array.isArray(input);
  return isObject ? (input as JsonObject) : { signal: input };
}
