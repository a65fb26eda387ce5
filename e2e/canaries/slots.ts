import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** By the slot it is in. */
export type Canaries = Readonly<Record<string, string>>;

const inEnvironment = [
  'SOURCE_GITHUB',
  'SOURCE_BEARER',
  'EDGE',
  'API_HEADER',
  'MCP_HEADER',
  'MCP_ENV',
  'MCP_ENV_FAILS',
  'PROMETHEUS',
  'LOKI',
  'SLACK',
  'PAGERDUTY',
  'WEBHOOK',
  'WEBHOOK_HEADER',
  'SMTP',
  'VAULT_TOKEN',
  'REMEDIATION',
  'RUNNER',
  'MODULE',
] as const;

const made = (slot: string) =>
  `canary-${slot.toLowerCase().replaceAll('_', '-')}-${randomBytes(12).toString('hex')}`;

export interface Slots {
  /** What the platform keeps itself is not in here: passwords of its NATS and its PostgreSQL. */
  readonly canaries: Canaries;
  /** The environment of the platform. */
  readonly env: Readonly<Record<string, string>>;
  readonly edgeUrl: string;
}

export interface SlotPeers {
  /** Says everything back that it is sent, and that it failed. */
  readonly echoUrl: string;
  readonly modelUrl: string;
  readonly edgePort: number;
}

/** Writes configurations and a home in which every slot for a credential holds a canary. */
export async function fillSlots(
  { folder, home }: { readonly folder: string; readonly home: string },
  { echoUrl, modelUrl, edgePort }: SlotPeers,
): Promise<Slots> {
  const canaries: Record<string, string> = Object.fromEntries(
    [...inEnvironment, 'API_KEY', 'NATS_PASSWORD', 'MODEL_KEY'].map((slot) => [slot, made(slot)]),
  );
  const signing = Buffer.from(made('webhook-signing'));
  canaries.WEBHOOK = `whsec_${signing.toString('base64')}`;
  await mkdir(home, { recursive: true });
  await writeFile(join(home, 'api-key'), canaries.API_KEY ?? '');
  await writeFile(join(home, 'nats-password'), canaries.NATS_PASSWORD ?? '');
  await writeFile(join(folder, 'leak.mjs'), leak);
  await writeFile(join(folder, 'module.mjs'), leakyModule);
  const gateway = join(folder, 'gateway.yaml');
  await writeFile(gateway, JSON.stringify(gatewayConfig(echoUrl, edgePort)));
  const sources = join(folder, 'sources.yaml');
  await writeFile(sources, JSON.stringify({ sources: signedSources }));
  const env = {
    ...Object.fromEntries(inEnvironment.map((slot) => [slot, canaries[slot] ?? ''])),
    // The whole address is the credential.
    SLACK: `${echoUrl}/services/${canaries.SLACK}`,
    SIGNALBOX_SOURCES: sources,
    SIGNALBOX_GATEWAY_CONFIG: gateway,
    SIGNALBOX_MODEL: 'scripted',
    SIGNALBOX_MODEL_BASE_URL: modelUrl,
    SIGNALBOX_MODEL_API_KEY: canaries.MODEL_KEY ?? '',
  };
  return { canaries, env, edgeUrl: `http://127.0.0.1:${edgePort}` };
}

const signedSources = {
  github: { signature: { scheme: 'github', secrets: ['env:SOURCE_GITHUB'] } },
  token: { signature: { scheme: 'bearer', secrets: ['env:SOURCE_BEARER'] } },
};

/** Says its whole environment, everywhere, and that it failed. */
const leak = `
import { env, exit } from 'node:process';
console.log(JSON.stringify(env));
console.error(JSON.stringify(env));
exit(3);
`;

const leakyModule = `
export const tool = {
  description: 'Fails with its credential.',
  inputSchema: { type: 'object', properties: {}, additionalProperties: false },
  run: async (_, { secret, config }) => {
    throw new Error('refused: ' + (await secret(config.token)));
  },
};
`;

function gatewayConfig(echoUrl: string, port: number): object {
  const header = (reference: string) => ({ 'X-Key': { secret: reference, prefix: 'Key ' } });
  const free = { repeatable: true, approval: false };
  const everything = '@modelcontextprotocol/server-everything';
  const near = { package: everything, args: ['stdio'], env: { TOKEN: { secret: 'env:MCP_ENV' } } };
  const broken = {
    command: 'node',
    args: ['./leak.mjs'],
    env: { TOKEN: { secret: 'env:MCP_ENV_FAILS' } },
  };
  const far = { url: `${echoUrl}/mcp`, headers: header('env:MCP_HEADER') };
  const tools = { '*': free };
  return {
    http: { allow: [new URL(echoUrl).host, '127.0.0.1:1'] },
    edge: { port, secret: 'env:EDGE' },
    secretStores: { vault: { url: `${echoUrl}/store`, token: 'env:VAULT_TOKEN' } },
    upstreams: {
      near: { stdio: { ...near, unsandboxed: true }, tools },
      broken: { stdio: { ...broken, unsandboxed: true }, tools },
      far: { http: far, tools },
    },
    tools: { own: { module: './module.mjs', config: { token: 'env:MODULE' }, ...free } },
    prometheus: { url: `${echoUrl}/prometheus`, headers: header('env:PROMETHEUS') },
    logs: { loki: { url: `${echoUrl}/loki`, headers: header('env:LOKI') } },
    apis: {
      ...free,
      allow: [
        { url: `${echoUrl}/api`, methods: ['POST'], headers: header('env:API_HEADER') },
        { url: `${echoUrl}/stored`, headers: header('vault:kv/app#key') },
      ],
    },
    notifications: { ...free, channels: channels(echoUrl) },
    remediation: {
      unsandboxed: true,
      env: { TOKEN: { secret: 'env:REMEDIATION' } },
      runners: { jobs: { kind: 'rundeck', url: `${echoUrl}/jobs`, token: 'env:RUNNER' } },
      commands: {
        leak: { argv: ['node', './leak.mjs', '{{target}}'] },
        job: { job: { runner: 'jobs', id: '1' } },
      },
    },
    policy: { allow: [{ caller: '*', tools: ['*'] }] },
  };
}

function channels(echoUrl: string): object {
  const [from, to] = ['a@example.com', ['b@example.com']];
  return {
    chat: { kind: 'slack', webhook: 'env:SLACK' },
    oncall: { kind: 'pagerduty', routingKey: 'env:PAGERDUTY', url: `${echoUrl}/enqueue` },
    hook: {
      kind: 'webhook',
      url: `${echoUrl}/hook`,
      signingSecret: 'env:WEBHOOK',
      headers: { 'X-Key': { secret: 'env:WEBHOOK_HEADER' } },
    },
    mail: {
      kind: 'smtp',
      host: '127.0.0.1',
      port: 1,
      login: { user: 'signalbox', password: 'env:SMTP' },
      from,
      to,
    },
  };
}
