export {
  type ApprovalAction,
  type ApprovalEvent,
  approvalExpired,
  approvalGranted,
  approvalRejected,
  approvalRequested,
  expireApproval,
  requestApproval,
  resolveApproval,
  settleAgentApproval,
  settleWorkflowApproval,
} from './approval.contract.ts';
export { allCommands, allEvents } from './catalogue.ts';
export {
  type ControlEvent,
  controlHalted,
  controlResumed,
  GLOBAL_SCOPE,
} from './control.contract.ts';
export { conversationContinued } from './conversation.contract.ts';
export { deadLetterRedriven } from './dead-letter.contract.ts';
export {
  type Agent,
  agentDefined,
  agentSchema,
  type DefinitionEvent,
  type Workflow,
  workflowDefined,
  workflowSchema,
} from './definition.contract.ts';
export { deliveryRefused } from './delivery.contract.ts';
export {
  agentPlan,
  approvalAwaited,
  approvalObserved,
  executionActivated,
  executionCompleted,
  type ExecutionEvent,
  executionFailed,
  executionHalted,
  type ExecutionPlan,
  executionRejected,
  executionStarted,
  modelAnswered,
  modelCallRequested,
  modelFailed,
  startAgent,
  startWorkflow,
  type ToolOffer,
  toolRequested,
  toolSettled,
  type ToolUse,
  workflowPlan,
} from './execution.contract.ts';
export {
  type ProblemEvent,
  problemIdOf,
  problemOpened,
  problemRepeated,
  problemResolved,
} from './problem.contract.ts';
export {
  defineRule,
  deleteRule,
  type Rule,
  ruleDefined,
  ruleDeleted,
  type RuleEvent,
  ruleSchema,
  type VersionedRule,
} from './rule.contract.ts';
export {
  type ExecutionOwner,
  instant,
  riskLevel,
  type RiskLevel,
  token,
  ulid,
} from './shared.schemas.ts';
export {
  decisionMade,
  type DecisionMade,
  type DecisionTarget,
  type RuleTrial,
  SIGNAL_BYTES_MAX,
  SIGNAL_SCHEMA,
  type Signal,
  type SignalEvent,
  signalOverdue,
  signalReceived,
  signalSchema,
} from './signal.contract.ts';
export { isSignalIdInHeaders, ownSignalId, signalIdOf, type SignalMessage } from './signal-id.ts';
export {
  HALT_CLAUSES,
  invokeTool,
  settleAgentTool,
  settleWorkflowTool,
  type ToolcallEvent,
  toolClaimed,
  toolFailed,
  type ToolInvocation,
  type ToolOutcome,
  toolOutcomeUnknown,
  toolRefused,
  toolRegistered,
  type ToolRegistered,
  toolSucceeded,
} from './toolcall.contract.ts';
