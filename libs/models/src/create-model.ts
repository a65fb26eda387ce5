import { AnthropicModel } from './anthropic.model.ts';
import { FailoverModel, type ModelCandidate } from './failover.model.ts';
import type { ModelChoice, ModelSettings } from './model-settings.ts';
import type { ModelPort, OFFLINE_PROVIDER } from './model.port.ts';
import { OpenAiModel } from './openai.model.ts';
import { providers } from './providers.ts';

/** The way to the models that the settings name. */
export function createModel(
  settings: Exclude<ModelSettings, { provider: typeof OFFLINE_PROVIDER }>,
): ModelPort {
  const first = candidateOf(settings);
  if (settings.fallbacks.length === 0) return first.port;
  return new FailoverModel([first, ...settings.fallbacks.map(candidateOf)]);
}

function candidateOf(choice: ModelChoice): ModelCandidate {
  const { provider, model } = choice;
  const isAnthropic = providers[provider].format === 'anthropic';
  const port = isAnthropic ? new AnthropicModel(choice) : new OpenAiModel(choice);
  return { provider, model, port };
}
