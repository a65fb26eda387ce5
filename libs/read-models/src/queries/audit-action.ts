import {
  agentDefined,
  agentDeleted,
  approvalExpired,
  approvalGranted,
  approvalRejected,
  approvalRequested,
  approvalWithdrawn,
  budgetReached,
  controlHalted,
  controlResumed,
  deadLetterRedriven,
  decisionMade,
  executionCompleted,
  executionFailed,
  executionHalted,
  executionRejected,
  executionStarted,
  modelFailed,
  problemOpened,
  problemRepeated,
  problemResolved,
  programsUnsandboxed,
  ruleDefined,
  ruleDeleted,
  signalOverdue,
  signalReceived,
  toolcallResolved,
  toolClaimed,
  toolFailed,
  toolOutcomeUnknown,
  toolRefused,
  toolRegistered,
  toolRequested,
  workflowDefined,
} from '@signalbox/contracts';
import type { DomainEvent, EventDefinition, EventOf } from '@signalbox/kernel';
import type { AuditRow } from '../schema/tables.ts';

/** An event as operators read it. */
export interface AuditAction {
  /** `AGENT_STARTED`; the event's own name in capitals where the contract has none. */
  readonly action: string;
  /** One line, never cut. */
  readonly detail: string;
}

/** An event of the audit stream, whole, and how operators read it. */
export type AuditEntry = AuditRow & AuditAction;

type Recorded<Event extends DomainEvent> = Omit<AuditRow, 'data'> & Pick<Event, 'data'>;
type Description = readonly [action: string, detail: string];

function of<D extends EventDefinition>(
  definition: D,
  describe: (row: Recorded<EventOf<D>>) => Description,
): readonly [string, (row: AuditRow) => Description] {
  return [definition.type, describe as (row: AuditRow) => Description];
}

/** Events of a run do not say what kind of run it is; whoever appended them does. */
const runner = (actor: string) => (actor === 'service:automation' ? 'AUTOMATION' : 'AGENT');

const noted = (by: string, note: string | undefined) =>
  note === undefined ? by : `${by}: ${note}`;

const actions = new Map([
  of(signalReceived, ({ data: { signal } }) => [
    'SIGNAL_RECEIVED',
    `[${signal.source}] ${signal.type}: ${signal.title}`,
  ]),
  of(decisionMade, ({ data }) => [decisionAction(data), data.message]),
  of(signalOverdue, ({ data }) => ['SIGNAL_OVERDUE', `No decision after ${data.ageMs} ms.`]),
  of(deadLetterRedriven, ({ data }) => ['DEAD_LETTER_REDRIVEN', `${data.code}: ${data.reason}`]),
  of(problemOpened, ({ data }) => [
    'PROBLEM_OPENED',
    `[${data.source}] ${data.type}: ${data.title}`,
  ]),
  of(problemRepeated, ({ data }) => ['PROBLEM_REPEATED', `Reported ${data.count} times.`]),
  of(problemResolved, () => ['PROBLEM_RESOLVED', 'Over at its source.']),
  of(executionStarted, ({ data: { plan, objective } }) =>
    plan.kind === 'agent'
      ? ['AGENT_STARTED', `${plan.agent}: ${objective}`]
      : ['AUTOMATION_STARTED', `${plan.workflow}: ${objective}`],
  ),
  of(modelFailed, ({ data }) => ['EXECUTION_MODEL_FAILED', data.reason]),
  of(budgetReached, ({ data: { scope, unit, limit, spent } }) => [
    'EXECUTION_BUDGET_REACHED',
    `${scope}: ${spent} of ${limit} ${unit}`,
  ]),
  of(toolRequested, ({ data: { use }, actor }) => [
    `${runner(actor)}_TOOL_CALL`,
    `${use.tool} ${JSON.stringify(use.arguments)}`,
  ]),
  of(executionCompleted, ({ data, actor }) => [`${runner(actor)}_COMPLETED`, data.summary]),
  of(executionFailed, ({ data, actor }) => [
    `${runner(actor)}_FAILED`,
    `${data.reason}: ${data.detail}`,
  ]),
  of(executionHalted, ({ data, actor }) => [`${runner(actor)}_HALTED`, data.detail]),
  of(executionRejected, ({ data }) => ['EXECUTION_REJECTED', data.outcome]),
  of(approvalRequested, ({ data }) => ['GUARDRAIL_APPROVAL_REQUESTED', data.description]),
  of(approvalGranted, ({ data }) => ['GUARDRAIL_APPROVAL_APPROVED', noted(data.by, data.note)]),
  of(approvalRejected, ({ data }) => ['GUARDRAIL_APPROVAL_REJECTED', noted(data.by, data.note)]),
  of(approvalExpired, () => ['GUARDRAIL_APPROVAL_EXPIRED', 'Nobody answered in time.']),
  of(approvalWithdrawn, ({ data }) => ['GUARDRAIL_APPROVAL_WITHDRAWN', data.reason]),
  of(toolClaimed, ({ data: { invocation } }) => ['TOOLCALL_CLAIMED', invocation.tool]),
  of(toolRefused, ({ data }) => ['TOOLCALL_REFUSED', `${data.clause}: ${data.message}`]),
  of(toolFailed, ({ data }) => ['TOOLCALL_FAILED', `${data.code}: ${data.message}`]),
  of(toolOutcomeUnknown, ({ data }) => ['TOOLCALL_UNKNOWN', data.message]),
  of(toolcallResolved, ({ data, actor }) => [
    'TOOLCALL_RESOLVED',
    `${data.verdict}: ${noted(actor, data.note)}`,
  ]),
  of(controlHalted, ({ data }) => ['KILL_SWITCH_ACTIVATED', data.reason]),
  of(controlResumed, ({ data }) => ['KILL_SWITCH_DEACTIVATED', data.reason]),
  of(ruleDefined, ({ data: { rule }, version }) => [
    version === 1 ? 'RULE_CREATED' : 'RULE_CHANGED',
    rule.name,
  ]),
  of(ruleDeleted, ({ aggregate_id: id }) => ['RULE_DELETED', id]),
  of(agentDefined, ({ data: { agent } }) => ['AGENT_DEFINED', agent.name]),
  of(agentDeleted, ({ aggregate_id: id }) => ['AGENT_DELETED', id]),
  of(workflowDefined, ({ data: { workflow } }) => ['WORKFLOW_DEFINED', workflow.name]),
  of(toolRegistered, ({ data }) => ['TOOL_REGISTERED', data.name]),
  of(programsUnsandboxed, ({ data }) => ['PROGRAMS_UNSANDBOXED', data.programs.join(', ')]),
]);

/** Worked out when it is read, so that better words need no rebuild. */
export function toAuditEntry(row: AuditRow): AuditEntry {
  const described = actions.get(row.type)?.(row);
  const [action, detail] = described ?? [row.type.toUpperCase().replaceAll('.', '_'), ''];
  return { ...row, action, detail };
}

function decisionAction(data: EventOf<typeof decisionMade>['data']): string {
  if (data.outcome === 'halted') return 'ORCHESTRATOR_BLOCKED';
  if (data.outcome === 'grouped') return 'SIGNAL_GROUPED';
  if (data.by === 'rule') return data.outcome === 'reject' ? 'RULE_REJECTED' : 'RULE_MATCHED';
  if (data.outcome === 'run') return 'ORCHESTRATOR_ROUTED';
  // Without a model's answer there was nobody who could tell.
  if (data.by === 'model' && data.model === undefined) return 'LLM_ROUTING_FAILED';
  return 'ORCHESTRATOR_DIRECT_RESPONSE';
}
