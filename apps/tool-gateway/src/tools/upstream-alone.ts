import { SystemClock } from '@signalbox/kernel';
import { upstream } from '../gateway-config/upstream.schema.ts';
import { destinationList, Destinations } from '../http/destinations.ts';
import { OutgoingHttp } from '../http/outgoing-http.ts';
import type { ToolSource } from '../ports/tool.port.ts';
import { Redactor } from '../secrets/redactor.ts';
import { Secrets } from '../secrets/secrets.ts';
import { McpUpstream } from './mcp-upstream.ts';
import { Sandbox } from './sandbox.ts';

/**
 * An MCP server as the gateway has it, without the rest of a gateway: `given` as under `upstreams.<name>`,
 * `places` as under `http.allow`. It has no credentials.
 */
export function upstreamAlone(
  name: string,
  given: object,
  places: readonly string[] = [],
): ToolSource {
  const folder = process.cwd();
  const http = new OutgoingHttp({ destinations: new Destinations(destinationList.parse(places)) });
  const secrets = new Secrets({ env: {}, folder, redactor: new Redactor(), http });
  const toolbox = {
    folder,
    http,
    secrets,
    sandbox: new Sandbox('bwrap'),
    clock: new SystemClock(),
  };
  return new McpUpstream({ name, config: upstream.parse(given), toolbox });
}
