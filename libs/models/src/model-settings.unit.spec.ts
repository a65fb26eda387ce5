import { modelEnvironment } from './model-environment.ts';
import { type ModelRole, modelSettings } from './model-settings.ts';

const settingsOf = (env: Record<string, string>, role: ModelRole = 'router') =>
  modelSettings(modelEnvironment.parse(env), role);
const limits = { timeoutMs: 180_000, silenceMs: 60_000 };
const own = 'http://127.0.0.1:11434/v1';

describe('modelSettings', () => {
  it('AGT-7: takes the offline planner only when nothing is set, or by its name', () => {
    expect(settingsOf({})).toEqual({ provider: 'offline' });
    const chosen = { SIGNALBOX_MODEL_PROVIDER: 'offline', OPENAI_API_KEY: 'k' };
    expect(settingsOf(chosen)).toEqual({ provider: 'offline' });
  });

  it.each(['SIGNALBOX_MODEL_API_KEY', 'SIGNALBOX_ROUTER_MODEL_API_KEY', 'OPENAI_API_KEY'])(
    'AGT-5: asks OpenAI with a key in %s',
    (name) => {
      expect(settingsOf({ [name]: 'k' })).toEqual({
        provider: 'openai',
        model: 'gpt-4o-mini',
        baseUrl: 'https://api.openai.com/v1',
        apiKey: 'k',
        ...limits,
        fallbacks: [],
      });
    },
  );

  it('AGT-5: asks a compatible server without a key', () => {
    expect(settingsOf({ SIGNALBOX_MODEL_BASE_URL: own }, 'agent')).toEqual({
      provider: 'openai-compatible',
      model: 'gpt-4o',
      baseUrl: own,
      ...limits,
      fallbacks: [],
    });
  });

  it.each([
    ['anthropic', 'ANTHROPIC_API_KEY', 'https://api.anthropic.com'],
    ['deepseek', 'DEEPSEEK_API_KEY', 'https://api.deepseek.com'],
    ['google', 'GOOGLE_API_KEY', 'https://generativelanguage.googleapis.com/v1beta/openai'],
  ])('AGT-5: asks %s, by its name or by its key alone', (provider, keyName, baseUrl) => {
    const model = { SIGNALBOX_ROUTER_MODEL: 'm', [keyName]: 'k' };
    const asked = { provider, model: 'm', baseUrl, apiKey: 'k' };
    expect(settingsOf(model)).toMatchObject(asked);
    expect(settingsOf({ ...model, ORCHESTRATOR_PROVIDER: provider })).toMatchObject(asked);
  });

  it('AGT-5: each role has its own model', () => {
    const env = {
      ORCHESTRATOR_PROVIDER: 'deepseek',
      ORCHESTRATOR_MODEL: 'deepseek-chat',
      AGENT_PROVIDER: 'anthropic',
      AGENT_MODEL: 'claude-opus-5',
      DEEPSEEK_API_KEY: 'd',
      ANTHROPIC_API_KEY: 'a',
    };
    const router = { provider: 'deepseek', model: 'deepseek-chat', apiKey: 'd' };
    expect(settingsOf(env)).toMatchObject(router);
    const agent = { provider: 'anthropic', model: 'claude-opus-5', apiKey: 'a' };
    expect(settingsOf(env, 'agent')).toMatchObject(agent);
  });

  it("AGT-5: the role's own wins over ours for both, and ours over Stourio's", () => {
    const stourio = { ORCHESTRATOR_MODEL: 'theirs', OPENAI_API_KEY: 'theirs' };
    expect(settingsOf(stourio)).toMatchObject({ model: 'theirs', apiKey: 'theirs' });
    const both = { ...stourio, SIGNALBOX_MODEL: 'both', SIGNALBOX_MODEL_API_KEY: 'both' };
    expect(settingsOf(both)).toMatchObject({ model: 'both', apiKey: 'both' });
    const role = { SIGNALBOX_ROUTER_MODEL: 'role', SIGNALBOX_ROUTER_MODEL_API_KEY: 'role' };
    expect(settingsOf({ ...both, ...role })).toMatchObject({ model: 'role', apiKey: 'role' });
    expect(settingsOf({ ...both, ...role }, 'agent')).toMatchObject({ apiKey: 'both' });
  });

  it('AGT-5: falls back on models in their order, each with its own key', () => {
    const env = {
      SIGNALBOX_MODEL_PROVIDER: 'anthropic',
      SIGNALBOX_MODEL: 'claude-opus-5',
      SIGNALBOX_MODEL_API_KEY: 'a',
      OPENAI_API_KEY: 'o',
      SIGNALBOX_MODEL_FALLBACKS: 'anthropic/claude-haiku-4-5, openai/ft:a/b',
    };
    expect(settingsOf(env)).toMatchObject({
      model: 'claude-opus-5',
      fallbacks: [
        { provider: 'anthropic', model: 'claude-haiku-4-5', apiKey: 'a' },
        { provider: 'openai', model: 'ft:a/b', apiKey: 'o' },
      ],
    });
  });

  it.each([
    [
      'no key',
      { ORCHESTRATOR_PROVIDER: 'anthropic', ORCHESTRATOR_MODEL: 'claude-opus-5' },
      'ANTHROPIC_API_KEY',
    ],
    ['no key', { SIGNALBOX_ROUTER_MODEL: 'gpt-4o' }, 'OPENAI_API_KEY'],
    ['no model', { ANTHROPIC_API_KEY: 'k' }, 'SIGNALBOX_ROUTER_MODEL'],
    ['two keys', { ANTHROPIC_API_KEY: 'k', GOOGLE_API_KEY: 'g' }, 'SIGNALBOX_MODEL_PROVIDER'],
    [
      'no address',
      { SIGNALBOX_MODEL_PROVIDER: 'openai-compatible' },
      'SIGNALBOX_ROUTER_MODEL_BASE_URL',
    ],
    [
      'no key for a fallback',
      { OPENAI_API_KEY: 'k', SIGNALBOX_MODEL_FALLBACKS: 'deepseek/deepseek-chat' },
      'DEEPSEEK_API_KEY',
    ],
  ])('AGT-7: %s is a clear line, never the planner: %j', (_, env, variable) => {
    const message = new RegExp(`^configuration: ${variable}: is not set: .`);
    expect(() => settingsOf(env as Record<string, string>)).toThrow(message);
  });

  it('AGT-5: never gives the key of one provider to another', () => {
    const role = { SIGNALBOX_ROUTER_MODEL_PROVIDER: 'anthropic', SIGNALBOX_ROUTER_MODEL: 'm' };
    expect(() => settingsOf({ ...role, SIGNALBOX_MODEL_API_KEY: 'for openai' })).toThrow(
      'ANTHROPIC_API_KEY',
    );
    const fallback = {
      ...role,
      SIGNALBOX_ROUTER_MODEL_API_KEY: 'for anthropic',
      SIGNALBOX_MODEL_FALLBACKS: 'openai/gpt-4o',
    };
    expect(() => settingsOf(fallback)).toThrow('OPENAI_API_KEY');
  });

  it.each([
    ['SIGNALBOX_MODEL_BASE_URL', 'localhost'],
    ['SIGNALBOX_MODEL_PROVIDER', 'opnai'],
    ['SIGNALBOX_MODEL_FALLBACKS', 'openai/gpt-4o,gpt-5'],
    ['SIGNALBOX_MODEL_FALLBACKS', 'opnai/gpt-4o'],
    ['SIGNALBOX_MODEL_SILENCE_MS', '0'],
    ['SIGNALBOX_MODEL_TIMEOUT_MS', '9999999999'],
  ])('refuses %s=%s', (name, value) => {
    expect(() => settingsOf({ [name]: value })).toThrow(name);
  });
});
