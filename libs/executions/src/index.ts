export { type DefinedTarget, DefinitionCatalogue } from './definition-catalogue.ts';
export { ExecutionRunner } from './execution-runner.ts';
export { type ExecutionCommand } from './execution.decider.ts';
export { type Run } from './execution.state.ts';
export { OUTCOME_EVENTS, type Outcome, type OutcomeStatus, readOutcome } from './outcome.ts';
export { type Intent, type Offer } from './planner.ts';
export { type Control, type RunModel } from './run-ports.ts';
export { type ToolStep } from './tool-steps.ts';
