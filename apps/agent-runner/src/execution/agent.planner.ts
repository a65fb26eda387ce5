import { executionCompleted, executionFailed, type agentPlan } from '@signalbox/contracts';
import type { Intent, Run } from '@signalbox/executions';
import type { z } from 'zod';

export type AgentPlan = z.output<typeof agentPlan>;

/** The loop of an agent: ask the model, use the tools it wants one by one, ask again. */
export function planAgent(run: Run): Intent {
  const plan = agentPlanOf(run);
  const answer = run.answers.at(-1);
  const use = answer?.toolUses.find((u) => !run.settled.some((s) => s.callId === u.callId));
  if (answer && use) {
    const offer = plan.tools.find((tool) => tool.name === use.tool);
    return { kind: 'use_tool', step: answer.step, use, offer };
  }
  if (answer?.toolUses.length === 0) {
    const summary = answer.text || 'The model ended the run without a word.';
    return { kind: 'finish', event: executionCompleted.of({ summary }) };
  }
  const step = (answer?.step ?? 0) + 1;
  if (step <= plan.stepsMax) return { kind: 'ask_model', step };
  const detail = `The agent had not finished after ${plan.stepsMax} steps.`;
  return { kind: 'finish', event: executionFailed.of({ reason: 'step_limit', detail }) };
}

export function agentPlanOf({ plan }: Run): AgentPlan {
  if (plan.kind !== 'agent') throw new Error('a workflow came to the runner of agents');
  return plan;
}
