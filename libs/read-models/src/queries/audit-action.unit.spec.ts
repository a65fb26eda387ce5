import type { AuditRow } from '../schema/tables.ts';
import { toAuditEntry } from './audit-action.ts';

function described(type: string, data: unknown, about: Partial<AuditRow> = {}) {
  const actor = 'service:agent-runner';
  const row = {
    type,
    data,
    actor,
    aggregate_id: 'the-aggregate',
    version: 1,
    ...about,
  } as AuditRow;
  const { action, detail } = toAuditEntry(row);
  return [action, detail];
}

const message = 'why';
const decision = (data: object) => described('decision.made', { message, ...data })[0];

it.each([
  [
    'signal.received',
    { signal: { source: 's', type: 't', title: 'x' } },
    'SIGNAL_RECEIVED',
    '[s] t: x',
  ],
  ['signal.overdue', { ageMs: 65_000 }, 'SIGNAL_OVERDUE', 'No decision after 65000 ms.'],
  ['dead_letter.redriven', { code: 'c', reason: 'r' }, 'DEAD_LETTER_REDRIVEN', 'c: r'],
  ['problem.opened', { source: 's', type: 't', title: 'x' }, 'PROBLEM_OPENED', '[s] t: x'],
  ['problem.repeated', { count: 7 }, 'PROBLEM_REPEATED', 'Reported 7 times.'],
  ['problem.resolved', {}, 'PROBLEM_RESOLVED', 'Over at its source.'],
  [
    'execution.started',
    { plan: { kind: 'agent', agent: 'a' }, objective: 'o' },
    'AGENT_STARTED',
    'a: o',
  ],
  [
    'execution.started',
    { plan: { kind: 'automation', workflow: 'w' }, objective: 'o' },
    'AUTOMATION_STARTED',
    'w: o',
  ],
  [
    'execution.tool_requested',
    { use: { tool: 't', arguments: { a: 1 } } },
    'AGENT_TOOL_CALL',
    't {"a":1}',
  ],
  ['execution.completed', { summary: 's' }, 'AGENT_COMPLETED', 's'],
  ['execution.failed', { reason: 'r', detail: 'd' }, 'AGENT_FAILED', 'r: d'],
  ['execution.halted', { detail: 'd' }, 'AGENT_HALTED', 'd'],
  ['approval.requested', { description: 'd' }, 'GUARDRAIL_APPROVAL_REQUESTED', 'd'],
  ['approval.granted', { by: 'person:a', note: 'n' }, 'GUARDRAIL_APPROVAL_APPROVED', 'person:a: n'],
  ['approval.rejected', { by: 'person:a' }, 'GUARDRAIL_APPROVAL_REJECTED', 'person:a'],
  ['approval.expired', {}, 'GUARDRAIL_APPROVAL_EXPIRED', 'Nobody answered in time.'],
  ['approval.withdrawn', { reason: 'r' }, 'GUARDRAIL_APPROVAL_WITHDRAWN', 'r'],
  ['control.halted', { reason: 'r' }, 'KILL_SWITCH_ACTIVATED', 'r'],
  ['control.resumed', { reason: 'r' }, 'KILL_SWITCH_DEACTIVATED', 'r'],
  ['rule.defined', { rule: { name: 'n' } }, 'RULE_CREATED', 'n'],
  ['rule.deleted', {}, 'RULE_DELETED', 'the-aggregate'],
  ['agent.deleted', {}, 'AGENT_DELETED', 'the-aggregate'],
  [
    'execution.budget_reached',
    { scope: 'run', unit: 'tokens', limit: 10, spent: 9 },
    'EXECUTION_BUDGET_REACHED',
    'run: 9 of 10 tokens',
  ],
  [
    'toolcall.resolved',
    { verdict: 'done', note: 'seen' },
    'TOOLCALL_RESOLVED',
    'done: service:agent-runner: seen',
  ],
  ['toolcall.refused', { clause: 'c', message: 'm' }, 'TOOLCALL_REFUSED', 'c: m'],
  ['some.new_event', {}, 'SOME_NEW_EVENT', ''],
])('%s', (type, data, action, detail) => {
  expect(described(type, data)).toEqual([action, detail]);
});

it('tells a workflow from an agent by who appended the event', () => {
  expect(
    described('execution.completed', { summary: 's' }, { actor: 'service:automation' })[0],
  ).toBe('AUTOMATION_COMPLETED');
});

it('OPS-1: tells a change of a rule from its beginning', () => {
  expect(described('rule.defined', { rule: { name: 'n' } }, { version: 2 })).toEqual([
    'RULE_CHANGED',
    'n',
  ]);
});

it.each([
  [{ outcome: 'halted', by: 'control' }, 'ORCHESTRATOR_BLOCKED'],
  [{ outcome: 'grouped', by: 'problem' }, 'SIGNAL_GROUPED'],
  [{ outcome: 'answer', by: 'problem' }, 'ORCHESTRATOR_DIRECT_RESPONSE'],
  [{ outcome: 'reject', by: 'rule' }, 'RULE_REJECTED'],
  [{ outcome: 'run', by: 'rule' }, 'RULE_MATCHED'],
  [{ outcome: 'run', by: 'model', model: {} }, 'ORCHESTRATOR_ROUTED'],
  [{ outcome: 'answer', by: 'model', model: {} }, 'ORCHESTRATOR_DIRECT_RESPONSE'],
  [{ outcome: 'needs_info', by: 'model', model: {} }, 'ORCHESTRATOR_DIRECT_RESPONSE'],
  [{ outcome: 'needs_info', by: 'model' }, 'LLM_ROUTING_FAILED'],
])('a decision %j is %s', (data, action) => {
  expect(decision(data)).toBe(action);
});
