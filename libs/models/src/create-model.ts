import { FailoverModel, type ModelCandidate } from './failover.model.ts';
import type { ModelChoice, ModelSettings } from './model-settings.ts';
import type { ModelPort, OFFLINE_PROVIDER } from './model.port.ts';
import { providers } from './providers.ts';

/** The way to the models that the settings name. Only the SDKs that are asked are loaded. */
export async function createModel(
  settings: Exclude<ModelSettings, { provider: typeof OFFLINE_PROVIDER }>,
): Promise<ModelPort> {
  const first = await candidateOf(settings);
  if (settings.fallbacks.length === 0) return first.port;
  return new FailoverModel([first, ...(await Promise.all(settings.fallbacks.map(candidateOf)))]);
}

async function candidateOf(choice: ModelChoice): Promise<ModelCandidate> {
  const { provider, model } = choice;
  return { provider, model, port: await portOf(choice) };
}

async function portOf(choice: ModelChoice): Promise<ModelPort> {
  if (providers[choice.provider].format === 'anthropic') {
    const { AnthropicModel } = await import('./anthropic.model.ts');
    return new AnthropicModel(choice);
  }
  const { OpenAiModel } = await import('./openai.model.ts');
  return new OpenAiModel(choice);
}
