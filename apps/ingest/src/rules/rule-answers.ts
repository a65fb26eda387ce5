import type { Rule, RuleEvent } from '@signalbox/contracts';
import type { JsonObject, RecordedEvent } from '@signalbox/kernel';
import { signalText } from '@signalbox/rules';
import { problemOf } from '../http/problem.ts';
import { versionsAnswer } from '../definitions/definition-answers.ts';
import { standingAfter, type RecordedRule } from '../definitions/recorded.ts';
import type { AppliedRules, Outcome } from './apply-rules.handler.ts';
import { fieldsAnswer } from './rule-wire.ts';
import type { TestedRules } from './test-rules.handler.ts';

/** How the API tells of rules. */

/** The rule as its first events leave it. */
export function ruleAfter(events: readonly RecordedEvent<RuleEvent>[]): RecordedRule | undefined {
  return standingAfter(events, ruleIn);
}

/** Every version, the newest first. */
export function ruleVersions(events: readonly RecordedEvent<RuleEvent>[]): readonly JsonObject[] {
  return versionsAnswer(events, 'rule', (event) => {
    const rule = ruleIn(event);
    return rule && fieldsAnswer(rule);
  });
}

function ruleIn(event: RuleEvent): Rule | undefined {
  return event.type === 'rule.defined' ? event.data.rule : undefined;
}

export function testAnswer({ signal, evaluation }: TestedRules): JsonObject {
  const { matched, trace } = evaluation;
  return {
    matched: matched !== undefined,
    rule: matched ? fieldsAnswer(matched) : null,
    action: matched?.action ?? null,
    risk_level: matched?.riskLevel ?? null,
    // By name: candidates have no ids that anybody else knows.
    trace: trace.map(({ ruleName, matched: hit, reason }) => ({
      rule_name: ruleName,
      matched: hit,
      reason,
    })),
    signal_status: signal.status,
    text: signalText(signal),
  };
}

export function applyAnswer({ plan, outcomes }: AppliedRules, dryRun: boolean): JsonObject {
  const complete = outcomes.every(({ status }) => status === 'done');
  return {
    status: dryRun ? 'planned' : complete ? 'applied' : 'incomplete',
    plan: plan.digest,
    changes: plan.changes.map(({ change, before, after }, index) => ({
      change,
      name: (after ?? before).name,
      rule_id: before?.id ?? null,
      before: before ? fieldsAnswer(before) : null,
      after: after ? fieldsAnswer(after) : null,
      ...outcomeAnswer(outcomes[index]),
    })),
    unchanged: plan.unchanged,
    others: [...plan.others],
  };
}

function outcomeAnswer(outcome: Outcome | undefined): JsonObject {
  if (outcome?.status !== 'failed') return outcome ? { outcome: outcome.status } : {};
  const { type, status, detail, errors } = problemOf(outcome.error);
  return {
    outcome: 'failed',
    problem: { type, status, detail, errors: errors.map((e) => ({ ...e })) },
  };
}
