/** Who serves models, and how they are spoken to. Addresses are those of the providers' own docs. */
export const providers = {
  openai: {
    format: 'openai',
    baseUrl: 'https://api.openai.com/v1',
    keyName: 'OPENAI_API_KEY',
  },
  /** Any other server that speaks OpenAI's chat completions; it says where it is. */
  'openai-compatible': { format: 'openai', baseUrl: undefined, keyName: 'OPENAI_API_KEY' },
  anthropic: {
    format: 'anthropic',
    baseUrl: 'https://api.anthropic.com',
    keyName: 'ANTHROPIC_API_KEY',
  },
  /** https://api-docs.deepseek.com */
  deepseek: {
    format: 'openai',
    baseUrl: 'https://api.deepseek.com',
    keyName: 'DEEPSEEK_API_KEY',
  },
  /** https://ai.google.dev/gemini-api/docs/openai */
  google: {
    format: 'openai',
    baseUrl: 'https://generativelanguage.googleapis.com/v1beta/openai',
    keyName: 'GOOGLE_API_KEY',
  },
} as const;

export type ProviderName = keyof typeof providers;
