import { z } from 'zod';
import { SILENCE_MS, TIMEOUT_MS } from './model-server.ts';
import { OFFLINE_PROVIDER } from './model.port.ts';
import { type ProviderName, providers } from './providers.ts';

/** A longer one would be none: no call lives that long, and no timer takes a month. */
const LIMIT_MAX_MS = 24 * 60 * 60_000;

const named = [OFFLINE_PROVIDER, ...(Object.keys(providers) as ProviderName[])] as const;
const provider = z.enum(named, `has to be one of ${named.join(', ')}`).optional();
const baseUrl = z.url({ protocol: /^https?$/ }).optional();
const text = z.string().optional();
const ms = z.coerce.number().int().positive().max(LIMIT_MAX_MS);

/** `anthropic/claude-sonnet-5, openai/gpt-5-mini`: in the order in which they are asked. */
const models = z
  .string()
  .transform((list, context) =>
    list.split(',').map((entry) => {
      const [name = '', ...rest] = entry.trim().split('/');
      const model = rest.join('/');
      if (name in providers && model !== '') return { provider: name as ProviderName, model };
      const problem = `${JSON.stringify(entry)} is no provider/model`;
      context.addIssue({ code: 'custom', message: problem });
      return z.NEVER;
    }),
  )
  .optional();

/**
 * The environment variables that say which models are asked: for both roles, and for each of them,
 * which wins. The last ones are those of Stourio; ours win.
 */
export const modelEnvironment = z.object({
  SIGNALBOX_MODEL: text,
  SIGNALBOX_MODEL_PROVIDER: provider,
  SIGNALBOX_MODEL_API_KEY: text,
  SIGNALBOX_MODEL_BASE_URL: baseUrl,
  SIGNALBOX_MODEL_FALLBACKS: models,
  SIGNALBOX_MODEL_TIMEOUT_MS: ms.default(TIMEOUT_MS),
  SIGNALBOX_MODEL_PRICES: text,
  SIGNALBOX_MODEL_SILENCE_MS: ms.default(SILENCE_MS),

  SIGNALBOX_ROUTER_MODEL: text,
  SIGNALBOX_ROUTER_MODEL_PROVIDER: provider,
  SIGNALBOX_ROUTER_MODEL_API_KEY: text,
  SIGNALBOX_ROUTER_MODEL_BASE_URL: baseUrl,
  SIGNALBOX_ROUTER_MODEL_FALLBACKS: models,

  SIGNALBOX_AGENT_MODEL: text,
  SIGNALBOX_AGENT_MODEL_PROVIDER: provider,
  SIGNALBOX_AGENT_MODEL_API_KEY: text,
  SIGNALBOX_AGENT_MODEL_BASE_URL: baseUrl,
  SIGNALBOX_AGENT_MODEL_FALLBACKS: models,

  ORCHESTRATOR_PROVIDER: provider,
  ORCHESTRATOR_MODEL: text,
  AGENT_PROVIDER: provider,
  AGENT_MODEL: text,
  OPENAI_API_KEY: text,
  ANTHROPIC_API_KEY: text,
  DEEPSEEK_API_KEY: text,
  GOOGLE_API_KEY: text,
});

export type ModelEnvironment = z.output<typeof modelEnvironment>;
