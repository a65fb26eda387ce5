export { createModel } from './create-model.ts';
export { type CallLimits, callLimits } from './call-limits.ts';
export { type CountedPrompt } from './estimate-tokens.ts';
export { FailoverModel, type ModelCandidate } from './failover.model.ts';
export { modelEnvironment, type ModelEnvironment } from './model-environment.ts';
export { ModelFailure } from './model-failure.ts';
export {
  type ModelChoice,
  modelNamed,
  type ModelRole,
  modelSettings,
  type ModelSettings,
} from './model-settings.ts';
export {
  type FailedModel,
  type ModelAnswer,
  type ModelMessage,
  type ModelName,
  ModelPort,
  type ModelRequest,
  type ModelTool,
  type ModelToolUse,
  OFFLINE_PROVIDER,
  type OnText,
  type TokenUsage,
} from './model.port.ts';
export { addPrices, costOf } from './prices.ts';
export { fenceUntrusted, untrustedNotice } from './untrusted.ts';
export { UnusableAnswer } from './unusable-answer.ts';
