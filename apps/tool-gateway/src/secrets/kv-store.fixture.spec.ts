import { listenLocally } from '@signalbox/testing';
import { createServer } from 'node:http';

/** A stand-in for a server of Vault's HTTP API: one KV engine, version 2, tokens and AppRole. */
export interface StandInStore {
  readonly url: string;
  /** By path within the engine `kv`. */
  readonly held: Map<string, Record<string, unknown>>;
  readonly tokens: Set<string>;
  /** Paths that no token may read. */
  readonly denied: Set<string>;
  /** `method path`, in order. */
  readonly asked: string[];
  readonly namespaces: (string | undefined)[];
  /** What it answers everything with, if that is not by what it holds. */
  broken: { readonly code: number; readonly body: string } | undefined;
  leaseSeconds: number;
  close(): void;
}

export const LOGIN = { role_id: 'role-of-the-gateway', secret_id: 'secret-id-of-the-gateway' };

export async function startStandInStore(): Promise<StandInStore> {
  let logins = 0;
  const server = createServer(async (request, response) => {
    const body = (await Array.fromAsync(request)).join('');
    const { pathname } = new URL(request.url ?? '', store.url);
    store.asked.push(`${request.method} ${pathname}`);
    store.namespaces.push(request.headers['x-vault-namespace'] as string | undefined);
    const answer = (code: number, content: object) => {
      response.writeHead(code, { 'content-type': 'application/json' });
      response.end(JSON.stringify(content));
    };
    if (store.broken) {
      response.writeHead(store.broken.code).end(store.broken.body);
    } else if (request.method === 'POST' && pathname === '/v1/auth/approle/login') {
      if (JSON.stringify(JSON.parse(body)) !== JSON.stringify(LOGIN)) {
        return answer(400, { errors: ['invalid role or secret ID'] });
      }
      const client_token = `hvs.token-${++logins}-of-the-stand-in`;
      store.tokens.add(client_token);
      const auth = { client_token, lease_duration: store.leaseSeconds, renewable: true };
      answer(200, { auth, data: null });
    } else {
      const path = pathname.replace('/v1/kv/data/', '');
      if (!store.tokens.has(String(request.headers['x-vault-token'])) || store.denied.has(path)) {
        return answer(403, { errors: ['permission denied'] });
      }
      const data = store.held.get(path);
      if (!data) return answer(404, { errors: [] });
      answer(200, { data: { data, metadata: { version: 1, destroyed: false } } });
    }
  });
  const { origin: url, stop: close } = await listenLocally(server);
  const store: StandInStore = {
    url,
    held: new Map(),
    tokens: new Set(),
    denied: new Set(),
    asked: [],
    namespaces: [],
    broken: undefined,
    leaseSeconds: 3_600,
    close,
  };
  return store;
}
