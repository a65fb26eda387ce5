import type { ApprovalAction, DecisionMade, ExecutionPlan } from '@signalbox/contracts';
import type { JsonObject } from '@signalbox/kernel';

/** Parts of events in words. */

type Decision = DecisionMade['data'];

export function decided(decision: Decision): string {
  const { outcome, target, riskLevel, approvalRequired, groupedWith } = decision;
  if (groupedWith !== undefined) return `${outcome} with signal ${groupedWith}`;
  if (outcome !== 'run' || !target) return outcome;
  const what = target.kind === 'agent' ? `agent ${target.agent}` : `workflow ${target.workflow}`;
  const condition = approvalRequired ? ', once a person approves' : '';
  return `run ${what} (${riskLevel} risk)${condition}`;
}

export function decidedBy({ by, rule }: Decision): string {
  if (rule) return `rule ${rule.name}`;
  return by === 'problem' ? 'its problem' : by;
}

export function planned(plan: ExecutionPlan): string {
  return plan.kind === 'agent'
    ? `agent ${plan.agent} v${plan.agentVersion}`
    : `workflow ${plan.workflow} v${plan.workflowVersion}`;
}

export function action(asked: ApprovalAction): string {
  return asked.kind === 'tool'
    ? call(asked.tool, asked.arguments)
    : `start ${asked.target}: ${asked.objective}`;
}

export function call(tool: string, given: JsonObject): string {
  return `${tool} ${json(given)}`;
}

export function noted(note: string | undefined): string {
  return note ? `, “${note}”` : '';
}

export function json(value: unknown): string {
  return JSON.stringify(value);
}
