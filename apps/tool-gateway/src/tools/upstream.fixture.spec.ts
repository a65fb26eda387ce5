import { freePorts } from '@signalbox/embedded';
import type { JsonObject } from '@signalbox/kernel';
import { eventually } from '@signalbox/testing';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { gatewayConfigSchema } from '../gateway-config/gateway-config.schema.ts';
import type { ToolResult } from '../ports/tool.port.ts';
import { McpUpstream } from './mcp-upstream.ts';
import { toolboxFor } from './peer.fixture.spec.ts';
import { entryOfPackage } from './program.ts';
import type { Toolbox } from './toolbox.ts';

export const EVERYTHING = '@modelcontextprotocol/server-everything';

export const harmless = { repeatable: true, approval: false };

interface UpstreamPlace {
  /** Of the toolbox when none is given. */
  readonly folder?: string;
  readonly toolbox?: Toolbox;
  readonly longestCallMs?: (() => number) | undefined;
}

export function upstreamOf(
  name: string,
  given: object,
  { folder = '/', toolbox = toolboxFor({ folder }), longestCallMs }: UpstreamPlace = {},
): McpUpstream {
  const config = gatewayConfigSchema.parse({ upstreams: { [name]: given } }).upstreams[name];
  if (!config) throw new Error('no upstream');
  return new McpUpstream({ name, config, toolbox, longestCallMs });
}

/** Uses a tool by its server's name for it. */
export async function use(
  upstream: McpUpstream,
  tool: string,
  argumentsGiven: JsonObject = {},
  signal = new AbortController().signal,
): Promise<ToolResult> {
  const name = `${upstream.name}__${tool}`;
  const found = (await upstream.tools()).find((candidate) => candidate.definition.name === name);
  if (!found) throw new Error(`no tool ${name}`);
  return found.run(argumentsGiven, { callId: 'CALL1', signal });
}

export interface RemoteServer {
  readonly url: string;
  /** Where it may be reached, as `http.allow` has it. */
  readonly place: string;
  stop(): Promise<void>;
  start(): Promise<void>;
}

/**
 * The everything server over streamable HTTP, or what `scriptOf` says with its arguments, on one port
 * through all its lives.
 */
export async function startRemoteServer(
  scriptOf: (port: number) => readonly string[] = () => [
    entryOfPackage(EVERYTHING),
    'streamableHttp',
  ],
): Promise<RemoteServer> {
  const [port = 0] = await freePorts(1);
  const place = `127.0.0.1:${port}`;
  const url = `http://${place}/mcp`;
  let child: ReturnType<typeof spawn> | undefined;
  const runs = () => child && child.exitCode === null && child.signalCode === null;
  const server = {
    url,
    place,
    start: async () => {
      if (runs()) return;
      child = spawn(process.execPath, scriptOf(port), {
        env: { PORT: `${port}` },
        stdio: 'ignore',
      });
      await eventually(() =>
        fetch(url).then(
          () => true,
          () => false,
        ),
      );
    },
    stop: async () => {
      if (!child || !runs()) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
  await server.start();
  return server;
}
