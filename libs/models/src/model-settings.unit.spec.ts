import { modelEnvironment, modelSettings } from './model-settings.ts';

const settingsOf = (env: Record<string, string>) => modelSettings(modelEnvironment.parse(env));

describe('modelSettings', () => {
  it('AGT-7: takes the offline planner only when neither key nor server is set', () => {
    expect(settingsOf({})).toEqual({ provider: 'offline' });
  });

  it.each(['SIGNALBOX_MODEL_API_KEY', 'OPENAI_API_KEY'])('asks OpenAI with a key in %s', (name) => {
    expect(settingsOf({ [name]: 'k' })).toEqual({
      provider: 'openai',
      baseUrl: 'https://api.openai.com/v1',
      apiKey: 'k',
      timeoutMs: 60_000,
    });
  });

  it('AGT-5: asks a compatible server without a key', () => {
    const env = { SIGNALBOX_MODEL_BASE_URL: 'http://127.0.0.1:11434/v1' };
    expect(settingsOf(env)).toEqual({
      provider: 'openai-compatible',
      baseUrl: 'http://127.0.0.1:11434/v1',
      timeoutMs: 60_000,
    });
  });

  it('prefers our own name of the key', () => {
    expect(settingsOf({ SIGNALBOX_MODEL_API_KEY: 'ours', OPENAI_API_KEY: 'theirs' })).toMatchObject(
      { apiKey: 'ours' },
    );
  });

  it('refuses a base URL that is none', () => {
    expect(() => settingsOf({ SIGNALBOX_MODEL_BASE_URL: 'localhost' })).toThrow(
      'SIGNALBOX_MODEL_BASE_URL',
    );
  });
});
