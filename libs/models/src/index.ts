export { modelEnvironment, modelSettings, type ModelSettings } from './model-settings.ts';
export {
  type ModelAnswer,
  type ModelMessage,
  ModelPort,
  type ModelRequest,
  type ModelTool,
  type ModelToolUse,
  OFFLINE_PROVIDER,
} from './model.port.ts';
export { OpenAiModel } from './openai.model.ts';
export { fenceUntrusted, untrustedNotice } from './untrusted.ts';
