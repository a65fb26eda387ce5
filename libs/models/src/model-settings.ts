import { z } from 'zod';
import { OFFLINE_PROVIDER } from './model.port.ts';

const OPENAI_URL = 'https://api.openai.com/v1';
const TIMEOUT_MS = 60_000;

/** The environment variables that say which model server is asked; OPENAI_API_KEY is an alias. */
export const modelEnvironment = z.object({
  SIGNALBOX_MODEL_BASE_URL: z.url({ protocol: /^https?$/ }).optional(),
  SIGNALBOX_MODEL_API_KEY: z.string().optional(),
  OPENAI_API_KEY: z.string().optional(),
  SIGNALBOX_MODEL_TIMEOUT_MS: z.coerce.number().int().positive().default(TIMEOUT_MS),
});

/** Which model server is asked, and how. */
export type ModelSettings =
  | { readonly provider: typeof OFFLINE_PROVIDER }
  | {
      readonly provider: 'openai' | 'openai-compatible';
      readonly baseUrl: string;
      readonly apiKey?: string;
      readonly timeoutMs: number;
    };

/** The built-in planner is chosen only when neither a key nor a server is given. */
export function modelSettings(env: z.output<typeof modelEnvironment>): ModelSettings {
  const baseUrl = env.SIGNALBOX_MODEL_BASE_URL;
  const apiKey = env.SIGNALBOX_MODEL_API_KEY ?? env.OPENAI_API_KEY;
  if (baseUrl === undefined && apiKey === undefined) return { provider: OFFLINE_PROVIDER };
  return {
    provider: baseUrl === undefined ? 'openai' : 'openai-compatible',
    baseUrl: baseUrl ?? OPENAI_URL,
    ...(apiKey === undefined ? {} : { apiKey }),
    timeoutMs: env.SIGNALBOX_MODEL_TIMEOUT_MS,
  };
}
