export { type Budgets } from './budget/budgets.schema.ts';
export { type CallEstimate } from './budget/fit-call.ts';
export { readBudgets } from './budget/read-budgets.ts';
export { RunBudgetGuard } from './budget/run-budget.guard.ts';
export { SharedBudgets } from './budget/shared-budgets.ts';
export { type DefinedTarget, DefinitionCatalogue } from './definition-catalogue.ts';
export { ExecutionRunner } from './execution-runner.ts';
export { type ExecutionCommand } from './execution.decider.ts';
export { journalOf } from './execution.evolve.ts';
export { type Run } from './execution.state.ts';
export { type HeldLease, Leases } from './lease/leases.ts';
export { OUTCOME_EVENTS, type Outcome, type OutcomeStatus, readOutcome } from './outcome.ts';
export { agentOfferOf, type Intent, type Offer } from './planner.ts';
export {
  type Admission,
  type AnswerOptions,
  type BudgetGuard,
  type BudgetRefusal,
  type Control,
  type EndedRuns,
  type ModelCall,
  type RunModel,
} from './run-ports.ts';
export { childIdOf } from './sub-agents.ts';
export { type ToolStep } from './tool-steps.ts';
export { fill, fillText, isWellFormed, type Placeholders, placeholdersOf } from './template.ts';
export { type Waiting } from './waiting.ts';
