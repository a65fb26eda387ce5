import { join } from 'node:path';
import type { Vendor } from './vendor.ts';

/** A gateway's configuration as its file has it; what is in there is the gateway's to check. */
export type GatewayFile = Readonly<Record<string, unknown>>;

export interface GatewayPeers {
  readonly vendor: Pick<Vendor, 'host' | 'urlOf'>;
  /** A reference under which the gateway finds the canary of a slot. */
  readonly reference: (slot: string) => string;
}

const free = { repeatable: true, approval: false };
/** Nobody listens there. */
const NO_PORT = 1;

/** A configuration with a canary in every slot; what it had stays as it was, beside them. */
export function fillGateway(given: GatewayFile, { vendor, reference }: GatewayPeers): GatewayFile {
  const headers = (slot: string) => ({ 'X-Key': { secret: reference(slot), prefix: 'Key ' } });
  const env = (slot: string, peer: string) => ({
    TOLD_URL: vendor.urlOf(peer),
    TOLD_TOKEN: { secret: reference(slot) },
  });
  const program = {
    command: process.execPath,
    args: [join(import.meta.dirname, 'told.main.ts'), 'mcp'],
    unsandboxed: true,
  };
  const tools = { '*': free };
  return {
    ...given,
    http: merged(given.http, { allow: [vendor.host, `127.0.0.1:${NO_PORT}`] }),
    edge: given.edge ?? { port: 0, secret: reference('edge.secret') },
    secretStores: merged(given.secretStores, {
      vault: { url: vendor.urlOf('vault'), token: reference('secretStores.*.token') },
      bao: {
        url: vendor.urlOf('bao'),
        appRole: {
          roleId: reference('secretStores.*.appRole.roleId'),
          secretId: reference('secretStores.*.appRole.secretId'),
        },
      },
    }),
    upstreams: merged(given.upstreams, {
      canary_stdio: {
        stdio: { ...program, env: env('upstreams.*.stdio.env.*', 'told-stdio') },
        tools,
      },
      canary_http: {
        http: { url: vendor.urlOf('mcp-http'), headers: headers('upstreams.*.http.headers.*') },
        tools,
      },
    }),
    mcpServers: merged(given.mcpServers, {
      canary_program: { ...program, env: env('mcpServers.*.env.*', 'told-servers') },
      canary_url: { url: vendor.urlOf('mcp-servers'), headers: headers('mcpServers.*.headers.*') },
    }),
    tools: merged(given.tools, {
      canary_module: {
        module: join(import.meta.dirname, 'tool-module.ts'),
        config: { token: reference('tools.*.config'), url: vendor.urlOf('told-module') },
        ...free,
      },
    }),
    prometheus: given.prometheus ?? {
      url: vendor.urlOf('prometheus'),
      headers: headers('prometheus.headers.*'),
    },
    logs: merged(given.logs, {
      loki: { url: vendor.urlOf('loki'), headers: headers('logs.loki.headers.*') },
    }),
    apis: merged(given.apis ?? free, {
      allow: [
        {
          url: vendor.urlOf('api'),
          methods: ['GET', 'POST'],
          headers: headers('apis.allow.*.headers.*'),
        },
        // The store fails when it is asked for that.
        {
          url: vendor.urlOf('stored'),
          headers: { 'X-Key': { secret: 'vault:kv/broken#key', prefix: 'Key ' } },
        },
      ],
    }),
    notifications: merged(given.notifications ?? free, { channels: channels(vendor, reference) }),
    remediation: merged(given.remediation ?? { unsandboxed: true }, {
      env: env('remediation.env.*', 'told-remediation'),
      runners: {
        canary_rundeck: {
          kind: 'rundeck',
          url: vendor.urlOf('rundeck'),
          token: reference('remediation.runners.*.rundeck.token'),
        },
        canary_awx: {
          kind: 'awx',
          url: vendor.urlOf('awx'),
          token: reference('remediation.runners.*.awx.token'),
        },
      },
      commands: {
        canary_tell: {
          argv: [...program.args.slice(0, 1).flatMap((file) => ['node', file]), '{{target}}'],
        },
        canary_rundeck: { job: { runner: 'canary_rundeck', id: '1' } },
        canary_awx: { job: { runner: 'canary_awx', id: '1' } },
      },
    }),
  };
}

function channels(vendor: Pick<Vendor, 'urlOf'>, reference: (slot: string) => string): object {
  const slot = (rest: string) => reference(`notifications.channels.*.${rest}`);
  return {
    canary_slack: { kind: 'slack', webhook: slot('slack.webhook') },
    canary_pagerduty: {
      kind: 'pagerduty',
      routingKey: slot('pagerduty.routingKey'),
      url: vendor.urlOf('pagerduty'),
    },
    canary_hook: {
      kind: 'webhook',
      url: vendor.urlOf('hook'),
      signingSecret: slot('webhook.signingSecret'),
      headers: { 'X-Key': { secret: slot('webhook.headers.*') } },
    },
    canary_mail: mailChannel(NO_PORT, reference),
  };
}

/** To a server on this machine; where there is none the credentials are only kept. */
export function mailChannel(port: number, reference: (slot: string) => string): object {
  const slot = (rest: string) => reference(`notifications.channels.*.smtp.${rest}`);
  return {
    kind: 'smtp',
    host: '127.0.0.1',
    port,
    ca: slot('ca'),
    login: { user: 'signalbox', password: slot('login.password') },
    from: 'a@example.com',
    to: ['b@example.com'],
  };
}

/** Both, the members of both where they are objects, and all of both where they are lists. */
function merged(given: unknown, added: object): object {
  const entries = Object.entries(added).map(([name, value]: [string, unknown]) => {
    const own = (given as Readonly<Record<string, unknown>> | undefined)?.[name];
    if (Array.isArray(value)) return [name, [...((own as unknown[] | undefined) ?? []), ...value]];
    const isObject = typeof own === 'object' && own !== null;
    return [name, isObject && typeof value === 'object' ? { ...own, ...value } : value];
  });
  return { ...(given as object | undefined), ...Object.fromEntries(entries) };
}
