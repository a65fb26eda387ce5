import { AppError } from '@signalbox/kernel';
import { loadConfig } from '../config.ts';
import { createRegistry } from './create-registry.ts';
import { OFFLINE_PLANNER } from './offline-planner.model.ts';

const registryFor = (env: Record<string, string>) =>
  createRegistry(loadConfig({ SIGNALBOX_NATS_URL: 'nats://127.0.0.1:4222', ...env }));
const gpt = { provider: 'openai', model: 'gpt-4o' };
const claude = { provider: 'anthropic', model: 'claude-opus-5' };
const question = { ...gpt, system: '', messages: [], tools: [] };

it('AGT-7: the planner answers where nobody names a model, and says what it is', async () => {
  const registry = await registryFor({});
  const { identity, candidates } = await registry.find([]);
  expect(identity).toEqual({ provider: 'offline', model: OFFLINE_PLANNER, offline: true });
  expect(candidates).toMatchObject([{ provider: 'offline' }]);
});

it('AGT-7: the planner never stands in for a model that an agent names', async () => {
  const registry = await registryFor({});
  const { identity, port } = await registry.find([gpt]);
  expect(identity).toEqual({ ...gpt, offline: false });
  await expect(port.complete(question, new AbortController().signal)).rejects.toMatchObject({
    code: 'model_not_configured',
    kind: 'unavailable',
    message: expect.stringContaining('OPENAI_API_KEY is not set'),
  });
  expect(registry.problemWith({ provider: 'offline', model: OFFLINE_PLANNER })).toMatch(
    /there is no provider offline/,
  );
});

it('AGT-5: an agent that names no model is asked of those of the configuration', async () => {
  const registry = await registryFor({
    OPENAI_API_KEY: 'k',
    ANTHROPIC_API_KEY: 'a',
    SIGNALBOX_AGENT_MODEL_PROVIDER: 'openai',
    SIGNALBOX_AGENT_MODEL_FALLBACKS: 'anthropic/claude-opus-5',
  });
  expect(await registry.find([])).toMatchObject({
    identity: { ...gpt, offline: false },
    candidates: [gpt, claude],
  });
});

it('AGT-5: each agent has its own models, in its order', async () => {
  const registry = await registryFor({ OPENAI_API_KEY: 'k', SIGNALBOX_AGENT_MODEL: 'gpt-4o' });
  expect(await registry.find([claude, gpt])).toMatchObject({
    identity: { ...claude, offline: false },
    candidates: [claude, gpt],
  });
});

it('AGT-5: says which variable a provider lacks', async () => {
  const registry = await registryFor({ OPENAI_API_KEY: 'k', SIGNALBOX_AGENT_MODEL: 'gpt-4o' });
  expect(registry.problemWith(gpt)).toBeUndefined();
  expect(registry.problemWith(claude)).toMatch(/^ANTHROPIC_API_KEY is not set/);
  expect(registry.problemWith({ provider: 'openai-compatible', model: 'm' })).toMatch(
    /^SIGNALBOX_AGENT_MODEL_BASE_URL is not set/,
  );
  const error = await (
    await registry.find([claude])
  ).port
    .complete(question, new AbortController().signal)
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(AppError);
});
