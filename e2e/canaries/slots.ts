import { confinedServices } from '@signalbox/service';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

const repository = join(import.meta.dirname, '../..');

/** Settings that hold a credential, or a URL with one. */
export const secretSettings = [
  'SIGNALBOX_API_KEY',
  'STOURIO_API_KEY',
  'SIGNALBOX_NATS_URL',
  'SIGNALBOX_DATABASE_URL',
  'SIGNALBOX_MODEL_API_KEY',
  'SIGNALBOX_ROUTER_MODEL_API_KEY',
  'SIGNALBOX_AGENT_MODEL_API_KEY',
  'OPENAI_API_KEY',
  'ANTHROPIC_API_KEY',
  'DEEPSEEK_API_KEY',
  'GOOGLE_API_KEY',
] as const;

/** Where a key for a model may stand. */
export const modelKeys: readonly string[] = secretSettings.slice(4);

/** Settings that hold none. Whoever adds one says in this file which of the two it is. */
const plainSettings = [
  'AGENT_MODEL',
  'AGENT_PROVIDER',
  'APPROVAL_TTL_SECONDS',
  'NO_COLOR',
  'ORCHESTRATOR_MODEL',
  'ORCHESTRATOR_PROVIDER',
  'XDG_CACHE_HOME',
  ...[
    'AGENT_MODEL',
    'AGENT_MODEL_BASE_URL',
    'AGENT_MODEL_FALLBACKS',
    'AGENT_MODEL_PROVIDER',
    'AGENT_SLOTS',
    'APPROVAL_TTL_SECONDS',
    'BUDGETS',
    'BWRAP',
    'CALL_ID',
    'CHAT_WAIT_MS',
    'DECISION_SLO_MS',
    'ENV',
    'GATEWAY_CONFIG',
    'HOME',
    'HOST',
    'INSTANCE',
    'LOG_LEVEL',
    'MODEL',
    'MODEL_BASE_URL',
    'MODEL_FALLBACKS',
    'MODEL_PRICES',
    'MODEL_PROVIDER',
    'MODEL_SILENCE_MS',
    'MODEL_TIMEOUT_MS',
    'NATS_SERVER',
    'PORT',
    'PROBLEM_QUIET_MS',
    'RATE_LIMITS',
    'REPLICAS',
    'ROUTER_MODEL',
    'ROUTER_MODEL_BASE_URL',
    'ROUTER_MODEL_FALLBACKS',
    'ROUTER_MODEL_PROVIDER',
    'ROUTING_CONFIDENCE_MIN',
    'SOURCES',
    'SOURCE_BACKLOG_MAX',
    'TRUSTED_PROXIES',
    'URL',
  ].map((name) => `SIGNALBOX_${name}`),
];

/** Settings of the source that are on neither list, and listed ones that are in no source. */
export async function unclassifiedSettings(): Promise<readonly string[]> {
  const listed = new Set<string>([...secretSettings, ...plainSettings]);
  const found = new Set<string>();
  for (const folder of ['apps', 'libs']) {
    const files = await readdir(join(repository, folder), { recursive: true });
    const sources = files.filter(
      (path) => /^[^/]+\/src\/.*\.ts$/.test(path) && !/\.spec\.ts$|^testing\//.test(path),
    );
    for (const path of sources) {
      const text = await readFile(join(repository, folder, path), 'utf8');
      for (const name of settingsIn(path, text)) found.add(name);
    }
  }
  const added = [...found].filter((name) => !listed.has(name));
  const gone = [...listed].filter((name) => !found.has(name));
  return [...added, ...gone];
}

/** Ours wherever they are named, and all that a schema of settings has. */
function settingsIn(path: string, text: string): readonly string[] {
  const isSchema = /(config|environment)\.ts$/.test(path);
  // Names that go on are the beginnings of others: `SIGNALBOX_NATS_URL_OF_…` of each app.
  const ours = text.matchAll(/\b(SIGNALBOX_[A-Z_]*[A-Z])\b(?!_)/g);
  const keys = isSchema ? text.matchAll(/^\s+([A-Z]+(?:_[A-Z]+)+):/gm) : [];
  const read = text.matchAll(/\benv(?:\.|\[')([A-Z]+(?:_[A-Z]+)+)\b/g);
  return [...ours, ...keys, ...read].map(([, name = '']) => name);
}

/** Every slot for a credential that the platform has, from its own schemas. */
export async function credentialSlots(): Promise<ReadonlySet<string>> {
  const gateway: unknown = JSON.parse(
    await readFile(join(repository, 'docs/gateway.schema.json'), 'utf8'),
  );
  const schemes = join(repository, 'apps/ingest/src/sources/signature');
  const files = (await readdir(schemes)).filter((name) => name.endsWith('.scheme.ts'));
  const texts = await Promise.all(files.map((name) => readFile(join(schemes, name), 'utf8')));
  const sources = texts.flatMap((text) => [...text.matchAll(/scheme: z\.literal\('([^']+)'\)/g)]);
  return new Set([
    ...secretSettings,
    ...confinedServices.map((service) => `NATS user ${service}`),
    ...sources.map(([, scheme = '']) => `sources.*.${scheme}.secrets`),
    ...referencesIn(gateway),
    // What a tool of one's own is given is free, and may hold references anywhere.
    'tools.*.config',
  ]);
}

interface Schema {
  readonly pattern?: string;
  readonly properties?: Readonly<Record<string, Schema & { readonly const?: string }>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
}

/** Paths at which a JSON Schema wants a reference to a secret. */
function referencesIn(given: unknown, path = ''): readonly string[] {
  const schema = given as Schema;
  const { properties = {}, additionalProperties, items, anyOf = [], oneOf = [] } = schema;
  const own = [schema, ...(schema.allOf ?? [])].some(({ pattern }) =>
    pattern?.includes('(vault|bao)'),
  );
  const kind = properties.kind?.const;
  const here = kind === undefined ? path : `${path}.${kind}`;
  const under = (name: string) => (here === '' ? name : `${here}.${name}`);
  return [
    ...(own ? [path] : []),
    ...Object.entries(properties).flatMap(([name, inner]) => {
      // Both stores have one schema, and a text with something before it is one value.
      const isSame = name === 'secret' && 'prefix' in properties;
      return referencesIn(inner, isSame ? here : under(/^(vault|bao)$/.test(name) ? '*' : name));
    }),
    ...(typeof additionalProperties === 'object'
      ? referencesIn(additionalProperties, under('*'))
      : []),
    ...(items ? referencesIn(items, under('*')) : []),
    ...[...anyOf, ...oneOf].flatMap((inner) => referencesIn(inner, path)),
  ];
}
