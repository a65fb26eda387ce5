import { listenLocally, type LocalServer } from '@signalbox/testing';
import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { mcpAnswer } from './mcp-answers.ts';
import type { CanaryWatch } from './watch.ts';

/** Under which path each peer is, and which credentials are for it. */
export const peers: Readonly<Record<string, readonly string[]>> = {
  prometheus: ['prometheus.headers.*'],
  loki: ['logs.loki.headers.*'],
  api: ['apis.allow.*.headers.*'],
  slack: ['notifications.channels.*.slack.webhook'],
  pagerduty: ['notifications.channels.*.pagerduty.routingKey'],
  hook: ['notifications.channels.*.webhook.headers.*'],
  rundeck: ['remediation.runners.*.rundeck.token'],
  awx: ['remediation.runners.*.awx.token'],
  vault: ['secretStores.*.token'],
  bao: ['secretStores.*.appRole.roleId', 'secretStores.*.appRole.secretId', 'login of a store'],
  'mcp-http': ['upstreams.*.http.headers.*'],
  'mcp-servers': ['mcpServers.*.headers.*'],
  'told-stdio': ['upstreams.*.stdio.env.*'],
  'told-servers': ['mcpServers.*.env.*'],
  'told-remediation': ['remediation.env.*'],
  'told-module': ['tools.*.config'],
};
/** Slots whose values are in a store, and what refers to them there. */
export const inStores: Readonly<Record<string, string>> = {
  'logs.loki.headers.*': 'vault:kv/loki#key',
  'apis.allow.*.headers.*': 'bao:kv/api#key',
};
/** The same slots by the path that is asked for: `/v1/kv/data/loki` for `vault:kv/loki#key`. */
const slotAt = new Map(
  Object.entries(inStores).map(([slot, reference]) => [
    reference.replace(/^\w+:(\w+)\/(\w+)#key$/, '/v1/$1/data/$2'),
    slot,
  ]),
);
export const SIGNING_SLOT = 'notifications.channels.*.webhook.signingSecret';

interface Request {
  readonly method: string;
  /** Behind the peer's own. */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/**
 * Everybody whom the gateway has a credential for. Most of them fail, and repeat all that they were
 * sent while they say so.
 */
export class Vendor {
  readonly #watch: CanaryWatch;
  readonly host: string;
  readonly stop: () => Promise<void>;

  private constructor(watch: CanaryWatch, { port, stop }: LocalServer) {
    this.#watch = watch;
    this.host = `127.0.0.1:${port}`;
    this.stop = stop;
  }

  static async start(watch: CanaryWatch): Promise<Vendor> {
    const server = createServer();
    const vendor = new Vendor(watch, await listenLocally(server));
    server.on('request', (request, response) => void vendor.#take(request, response));
    // A platform that does not start leaves it behind.
    server.unref();
    return vendor;
  }

  urlOf(peer: keyof typeof peers): string {
    return `http://${this.host}/${peer}`;
  }

  async #take(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = incoming;
    const [, peer = '', path = ''] = /^\/([^/?]*)(.*)$/.exec(url) ?? [];
    const request = { method, path, headers, body: await text(incoming) };
    const told = JSON.stringify({ error: { method, url, headers } }) + request.body;
    this.#watch.received(peers[peer] ?? [], peer, told);
    if (peer === 'hook') this.#checkSignature(request);
    const { code, answer } = this.#answer(peer, request, told);
    response.writeHead(code, { 'content-type': 'application/json' }).end(answer);
  }

  #answer(peer: string, request: Request, told: string) {
    if (peer.startsWith('mcp-')) return mcpOverHttp(request, told);
    const held = peer === 'vault' || peer === 'bao' ? this.#held(request) : undefined;
    if (held) return { code: 200, answer: JSON.stringify(held) };
    // Some failures are answers that a tool takes for good.
    return { code: request.body.includes('be well') ? 200 : 500, answer: told };
  }

  /** As Vault has it; for what is not there it fails as everybody does. */
  #held({ method, path }: Request): object | undefined {
    if (method === 'POST' && path === '/v1/auth/approle/login') {
      const token = this.#watch.valueIn('login of a store');
      return { auth: { client_token: token, lease_duration: 3_600 } };
    }
    const slot = slotAt.get(path);
    return slot === undefined ? undefined : { data: { data: { key: this.#watch.valueIn(slot) } } };
  }

  #checkSignature({ headers, body }: Request): void {
    const secret = this.#watch.valueIn(SIGNING_SLOT);
    const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
    const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`;
    const expected = createHmac('sha256', key).update(signed).digest('base64');
    if (headers['webhook-signature'] === `v1,${expected}`) this.#watch.used(SIGNING_SLOT);
  }
}

function mcpOverHttp({ method, body }: Request, told: string) {
  if (method !== 'POST') return { code: 405, answer: '' };
  const answer = mcpAnswer(JSON.parse(body) as object, () => told);
  return answer ? { code: 200, answer: JSON.stringify(answer) } : { code: 202, answer: '' };
}
