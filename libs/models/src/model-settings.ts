import { AppError } from '@signalbox/kernel';
import type { ModelEnvironment } from './model-environment.ts';
import type { ModelServer } from './model-server.ts';
import { type ModelName, OFFLINE_PROVIDER } from './model.port.ts';
import { type ProviderName, providers } from './providers.ts';

/** Who asks: the router, or the agents. */
export type ModelRole = 'router' | 'agent';

/** A model, and everything that is needed to ask it. */
export interface ModelChoice extends ModelServer, ModelName {
  readonly provider: ProviderName;
}

/** Which model is asked, and which are asked when it is away, in their order. */
export type ModelSettings =
  | { readonly provider: typeof OFFLINE_PROVIDER }
  | (ModelChoice & { readonly fallbacks: readonly ModelChoice[] });

/** What one group of variables says; nothing of it has to be said. */
interface Scope {
  readonly provider?: ProviderName | typeof OFFLINE_PROVIDER | undefined;
  readonly model?: string | undefined;
  readonly apiKey?: string | undefined;
  readonly baseUrl?: string | undefined;
}

/** Asked where only a key or a server is given. */
const usualModels: Readonly<Record<ModelRole, string>> = { router: 'gpt-4o-mini', agent: 'gpt-4o' };

/**
 * Which models `role` asks. The built-in planner is chosen only when nothing about a model is set,
 * or by its name.
 * @throws AppError `invalid`, naming the variable that is missing.
 */
export function modelSettings(env: ModelEnvironment, role: ModelRole): ModelSettings {
  const group = role === 'router' ? 'ROUTER' : 'AGENT';
  const named = `SIGNALBOX_${group}_MODEL`;
  const said = scopesOf(env, role);
  const others =
    env[`SIGNALBOX_${group}_MODEL_FALLBACKS` as const] ?? env.SIGNALBOX_MODEL_FALLBACKS ?? [];
  const isModelNamed = others.length > 0 || said.some(({ model }) => model !== undefined);
  const provider = providerOf(said, env) ?? (isModelNamed ? 'openai' : OFFLINE_PROVIDER);
  if (provider === OFFLINE_PROVIDER) return { provider };
  // What names no provider is about the one that is asked, and never given to another.
  const scopes = said.map((scope) => ({ ...scope, provider: scope.provider ?? provider }));
  const asked = { scopes, env, named };
  const isOpenAi = provider === 'openai' || provider === 'openai-compatible';
  const model =
    scopes.find((scope) => scope.provider === provider && scope.model)?.model ??
    (isOpenAi ? usualModels[role] : undefined);
  if (model === undefined) throw missing(named, `which ${provider} model is asked`);
  return {
    ...choiceOf({ provider, model }, asked),
    fallbacks: others.map((other) => choiceOf(other, asked)),
  };
}

/**
 * A model that somebody names, with what the environment says of its provider.
 * @throws AppError `invalid`, naming the variable that is missing; for the built-in planner too,
 * which nobody gets who names a model.
 */
export function modelNamed(
  { provider, model }: ModelName,
  env: ModelEnvironment,
  role: ModelRole,
): ModelChoice {
  if (!isProvider(provider)) throw unknownProvider(provider);
  const named = `SIGNALBOX_${role === 'router' ? 'ROUTER' : 'AGENT'}_MODEL`;
  const said = scopesOf(env, role);
  const usual = providerOf(said, env);
  const scopes = said.map((scope) => ({ ...scope, provider: scope.provider ?? usual }));
  return choiceOf({ provider, model }, { scopes, env, named });
}

function isProvider(name: string): name is ProviderName {
  return Object.hasOwn(providers, name);
}

function unknownProvider(name: string): AppError {
  const problem = `there is no provider ${name}; there are ${Object.keys(providers).join(', ')}`;
  return new AppError({
    code: 'invalid_input',
    kind: 'invalid',
    message: `model: ${problem}`,
    fields: [{ field: 'provider', problem }],
  });
}

/** The role's own, ours for both roles, Stourio's for the role: what stands first wins. */
function scopesOf(env: ModelEnvironment, role: ModelRole): readonly Scope[] {
  const group = role === 'router' ? 'ROUTER' : 'AGENT';
  const theirs = role === 'router' ? 'ORCHESTRATOR' : 'AGENT';
  const own: Scope = {
    provider: env[`SIGNALBOX_${group}_MODEL_PROVIDER` as const],
    model: env[`SIGNALBOX_${group}_MODEL` as const],
    apiKey: env[`SIGNALBOX_${group}_MODEL_API_KEY` as const],
    baseUrl: env[`SIGNALBOX_${group}_MODEL_BASE_URL` as const],
  };
  const both: Scope = {
    provider: env.SIGNALBOX_MODEL_PROVIDER,
    model: env.SIGNALBOX_MODEL,
    apiKey: env.SIGNALBOX_MODEL_API_KEY,
    baseUrl: env.SIGNALBOX_MODEL_BASE_URL,
  };
  const stourio: Scope = {
    provider: env[`${theirs}_PROVIDER` as const],
    model: env[`${theirs}_MODEL` as const],
  };
  return [withServer(own), withKey(withServer(both)), stourio];
}

/** A server's address alone says that it is somebody's own. */
function withServer(scope: Scope): Scope {
  if (scope.provider !== undefined || scope.baseUrl === undefined) return scope;
  return { ...scope, provider: 'openai-compatible' };
}

/** A key for both roles that names nobody is OpenAI's, whomever one of the roles may ask. */
function withKey(scope: Scope): Scope {
  if (scope.provider !== undefined || scope.apiKey === undefined) return scope;
  return { ...scope, provider: 'openai' };
}

/** @throws AppError `invalid` when the keys alone do not say whose models are asked. */
function providerOf(scopes: readonly Scope[], env: ModelEnvironment): Scope['provider'] {
  const named = scopes.find(({ provider }) => provider !== undefined)?.provider;
  if (named !== undefined) return named;
  if (env.OPENAI_API_KEY !== undefined || scopes.some(({ apiKey }) => apiKey !== undefined)) {
    return 'openai';
  }
  const [only, ...more] = (['anthropic', 'deepseek', 'google'] as const).filter(
    (provider) => env[providers[provider].keyName] !== undefined,
  );
  if (more.length > 0) throw missing('SIGNALBOX_MODEL_PROVIDER', 'which of the keys is used');
  return only;
}

/** @throws AppError `invalid` without the address or the key of a server that needs one. */
function choiceOf(
  { provider, model }: Pick<ModelChoice, 'provider' | 'model'>,
  { scopes, env, named }: { scopes: readonly Scope[]; env: ModelEnvironment; named: string },
): ModelChoice {
  const about = scopes.filter((scope) => scope.provider === provider);
  const { keyName, baseUrl: usual } = providers[provider];
  const baseUrl = about.find((scope) => scope.baseUrl)?.baseUrl ?? usual;
  if (baseUrl === undefined) {
    throw missing(`${named}_BASE_URL`, `where the server of ${provider}/${model} is`);
  }
  const apiKey = about.find((scope) => scope.apiKey)?.apiKey ?? env[keyName];
  if (apiKey === undefined && baseUrl === usual) {
    throw missing(keyName, `the key for ${provider}/${model}`);
  }
  return {
    provider,
    model,
    baseUrl,
    ...(apiKey === undefined ? {} : { apiKey }),
    timeoutMs: env.SIGNALBOX_MODEL_TIMEOUT_MS,
    silenceMs: env.SIGNALBOX_MODEL_SILENCE_MS,
  };
}

function missing(variable: string, what: string): AppError {
  const problem = `is not set: ${what}`;
  return new AppError({
    code: 'invalid_input',
    kind: 'invalid',
    message: `configuration: ${variable}: ${problem}`,
    fields: [{ field: variable, problem }],
  });
}
