import {
  decisionMade,
  type DecisionMade,
  type DecisionTarget,
  type RuleTrial,
  type Signal,
  type VersionedRule,
} from '@signalbox/contracts';
import { deriveId } from '@signalbox/kernel';
import type { Evaluation } from '@signalbox/rules';
import type { Routed } from '../routing/signal-router.ts';

type Decided = Parameters<typeof decisionMade.of>[0];

/** What a decision rests on. */
export type Grounds =
  /** The kill switch is on, or was turned on meanwhile. */
  | { readonly kind: 'halted'; readonly trace: readonly RuleTrial[] }
  /** The source says that the problem is over. */
  | { readonly kind: 'resolved' }
  /** A rule says all there is to say. */
  | { readonly kind: 'rule'; readonly rule: VersionedRule; readonly trace: readonly RuleTrial[] }
  /** No rule, or one that leaves the target open. */
  | {
      readonly kind: 'model';
      readonly evaluation: Evaluation<VersionedRule>;
      readonly routed: Routed;
    };

/** The agent for work that a rule demands without naming one. */
const DEFAULT_AGENT = 'take_action';

/** Whether a model has to be asked after the rules were tried: what runs is still open. */
export function needsModel({ matched }: Evaluation): boolean {
  if (matched === undefined || matched.action === 'allow') return true;
  const { action, agentId, automationId } = matched;
  return action === 'require_approval' && agentId === undefined && automationId === undefined;
}

/** What becomes of the signal. */
export function decide(signal: Signal, grounds: Grounds): DecisionMade {
  return decisionMade.of(decided(signal, grounds)) as DecisionMade;
}

function decided(signal: Signal, grounds: Grounds): Decided {
  switch (grounds.kind) {
    case 'halted':
      return {
        outcome: 'halted',
        by: 'control',
        riskLevel: 'low',
        trace: [...grounds.trace],
        message: 'The kill switch is on.',
      };
    case 'resolved':
      return {
        outcome: 'answer',
        by: 'rule',
        riskLevel: 'low',
        trace: [],
        message: 'Resolved at its source, nothing to do.',
      };
    case 'rule':
      return byRule(signal, grounds.rule, grounds.trace);
    case 'model':
      return byModel(signal, grounds.evaluation, grounds.routed);
  }
}

function byRule(signal: Signal, rule: VersionedRule, trace: readonly RuleTrial[]): Decided {
  const base = {
    by: 'rule' as const,
    riskLevel: rule.riskLevel,
    rule: named(rule),
    trace: [...trace],
  };
  if (rule.action === 'hard_reject') {
    return { ...base, outcome: 'reject', message: `Rejected by rule ${rule.name}.` };
  }
  const target = targetOf(rule);
  if (rule.action === 'require_approval')
    return { ...base, ...runOnceAgreed(signal, target, rule) };
  return { ...base, ...run(signal, target), message: `Demanded by rule ${rule.name}.` };
}

function byModel(signal: Signal, evaluation: Evaluation<VersionedRule>, routed: Routed): Decided {
  const { matched, trace } = evaluation;
  const { routing, confidenceMin, ...asked } = routed;
  const { reasoning, confidence } = routing;
  const base = {
    trace: [...trace],
    ...(matched === undefined ? {} : { rule: named(matched) }),
    model: { ...asked, reasoning, ...(confidence === undefined ? {} : { confidence }) },
  };
  if (matched?.action === 'require_approval') {
    const target = routing.kind === 'run' ? routing.target : targetOf(matched);
    const { riskLevel } = matched;
    return { ...base, by: 'rule', riskLevel, ...runOnceAgreed(signal, target, matched) };
  }
  if (routing.kind !== 'run') {
    const outcome = routing.kind === 'answer' ? 'answer' : 'needs_info';
    return { ...base, outcome, by: 'model', riskLevel: 'low', message: routing.message };
  }
  const { riskLevel, target } = routing;
  const risky = riskLevel === 'high' || riskLevel === 'critical';
  const unsure = confidence !== undefined && confidence < confidenceMin;
  const doubt = `A confidence of ${confidence}, below ${confidenceMin}, wants a person to agree first.`;
  return {
    ...base,
    ...run(signal, target),
    by: 'model',
    riskLevel,
    approvalRequired: risky || unsure,
    message: unsure ? `${doubt} ${reasoning}` : reasoning,
  };
}

function runOnceAgreed(signal: Signal, target: DecisionTarget, { name }: VersionedRule) {
  const message = `Rule ${name} wants a person to agree first.`;
  return { ...run(signal, target), approvalRequired: true, message };
}

function run(signal: Signal, target: DecisionTarget) {
  return { outcome: 'run' as const, target, executionId: deriveId(signal.id, 'execution') };
}

function targetOf({ name, action, agentId, automationId }: VersionedRule): DecisionTarget {
  if (action !== 'force_agent' && automationId !== undefined) {
    return { kind: 'automation', workflow: automationId };
  }
  const objective = `Handle the signal, as rule ${name} demands.`;
  return { kind: 'agent', agent: agentId ?? DEFAULT_AGENT, objective };
}

function named({ id, name, action, version }: VersionedRule) {
  return { id, name, action, version };
}
