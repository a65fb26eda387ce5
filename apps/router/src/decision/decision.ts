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

/** Whether a model has to be asked after the rules were tried. */
export function needsModel({ matched }: Evaluation): boolean {
  return (
    matched === undefined || matched.action === 'allow' || matched.action === 'require_approval'
  );
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
  return { ...base, ...run(signal, targetOf(rule)), message: `Demanded by rule ${rule.name}.` };
}

function byModel(signal: Signal, evaluation: Evaluation<VersionedRule>, routed: Routed): Decided {
  const { matched, trace } = evaluation;
  const { routing, ...asked } = routed;
  const { reasoning, confidence } = routing;
  const base = {
    trace: [...trace],
    ...(matched === undefined ? {} : { rule: named(matched) }),
    model: { ...asked, reasoning, ...(confidence === undefined ? {} : { confidence }) },
  };
  if (matched?.action === 'require_approval') {
    const target = routing.kind === 'run' ? routing.target : targetOf(matched);
    return {
      ...base,
      ...run(signal, target),
      by: 'rule',
      riskLevel: matched.riskLevel,
      approvalRequired: true,
      message: `Rule ${matched.name} wants a person to agree first.`,
    };
  }
  if (routing.kind !== 'run') {
    const outcome = routing.kind === 'answer' ? 'answer' : 'needs_info';
    return { ...base, outcome, by: 'model', riskLevel: 'low', message: routing.message };
  }
  const { riskLevel, target } = routing;
  return {
    ...base,
    ...run(signal, target),
    by: 'model',
    riskLevel,
    approvalRequired: riskLevel === 'high' || riskLevel === 'critical',
    message: reasoning,
  };
}

function run(signal: Signal, target: DecisionTarget) {
  return { outcome: 'run' as const, target, executionId: deriveId(signal.id, 'execution') };
}

function targetOf({ name, action, agentId, automationId }: VersionedRule): DecisionTarget {
  if (action === 'trigger_automation' && automationId !== undefined) {
    return { kind: 'automation', workflow: automationId };
  }
  const objective = `Handle the signal, as rule ${name} demands.`;
  return { kind: 'agent', agent: agentId ?? DEFAULT_AGENT, objective };
}

function named({ id, name, action, version }: VersionedRule) {
  return { id, name, action, version };
}
