import type { JsonObject } from '@signalbox/kernel';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** What is built, as in production; its types are its own affair. */
const built = join(import.meta.dirname, '..', '..', '..', 'apps', 'tool-gateway', 'dist');

export interface Tool {
  readonly definition: { readonly name: string; readonly inputSchema: JsonObject };
  run(argumentsGiven: JsonObject, call: object): Promise<object>;
}

export interface Upstream {
  tools(): Promise<readonly Tool[]>;
  close(): Promise<void>;
}

/** A class of the gateway. */
type Made<T = object> = new (options: object | string) => T;

interface Modules {
  readonly gatewayConfigSchema: { parse(given: object): { upstreams: Record<string, object> } };
  readonly destinationList: { parse(places: readonly string[]): object };
  readonly Destinations: Made;
  readonly OutgoingHttp: Made;
  readonly Redactor: new () => object;
  readonly Secrets: Made;
  readonly Sandbox: Made;
  readonly McpUpstream: Made<Upstream>;
}

const FILES = [
  'gateway-config/gateway-config.schema',
  'http/destinations',
  'http/outgoing-http',
  'secrets/redactor',
  'secrets/secrets',
  'tools/sandbox',
  'tools/mcp-upstream',
];

/** The gateway's client of the MCP server at `url`, with whatever may reach that. */
export async function upstreamAt(name: string, url: string): Promise<Upstream> {
  const load = (file: string) => import(pathToFileURL(join(built, `${file}.js`)).href);
  const gateway = Object.assign({}, ...(await Promise.all(FILES.map(load)))) as Modules;
  const tools = { '*': { repeatable: true, approval: false } };
  const given = { upstreams: { [name]: { http: { url }, tools } } };
  const config = gateway.gatewayConfigSchema.parse(given).upstreams[name];
  const { port } = new URL(url);
  const places = ['localhost', '127.0.0.1', '[::1]'].map((host) => `${host}:${port}`);
  const destinations = new gateway.Destinations(gateway.destinationList.parse(places));
  const http = new gateway.OutgoingHttp({ destinations });
  const redactor = new gateway.Redactor();
  const secrets = new gateway.Secrets({ env: {}, folder: '/', redactor, http });
  const toolbox = { http, secrets, sandbox: new gateway.Sandbox('bwrap') };
  return new gateway.McpUpstream({ name, config, folder: '/', toolbox });
}
