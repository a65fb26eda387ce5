import { type Transport } from '@modelcontextprotocol/client';
import { setTimeout as delay } from 'node:timers/promises';
import type {
  HttpUpstreamConfig,
  StdioConfig,
  UpstreamConfig,
} from '../gateway-config/upstream.schema.ts';
import { guardedFetch } from '../http/guarded-fetch.ts';
import { retryAfterMs } from '../http/retry-after.ts';
import { HttpTransport } from './http-transport.ts';
import { entryOfPackage, executableOf, moduleFoldersOf, programEnvironment } from './program.ts';
import { StdioTransport } from './stdio-transport.ts';
import type { Toolbox } from './toolbox.ts';

const STDERR_CHARACTERS_KEPT = 1_000;
const FAREWELL_MAX_MS = 2_000;

/** A way to an MCP server that is not open yet. */
export interface McpConnection {
  readonly transport: Transport;
  /** Of the server's process, if it is ours. */
  pid(): number | undefined;
  /** What the server last said beside the protocol. */
  said(): string;
  /** How long the server wants not to be asked again, by its last word on it; 0 if it has not said. */
  retryAfterMs(): number;
  /** Resolves to why, when the server is to be ended. */
  readonly whenBroken: Promise<string>;
  /** Ends what the transport leaves open. */
  end(): Promise<void>;
}

export interface McpConnectionOptions {
  readonly config: UpstreamConfig;
  readonly toolbox: Pick<Toolbox, 'folder' | 'http' | 'sandbox' | 'secrets'>;
}

/** @throws MissingCredential, or AppError `invalid` when its package is not installed. */
export async function mcpConnection(options: McpConnectionOptions): Promise<McpConnection> {
  const { stdio, http } = options.config;
  if (stdio) return overStdio(stdio, options);
  if (http) return overHttp(http, options);
  throw new Error('the configuration was not validated');
}

async function overStdio(
  stdio: StdioConfig,
  { toolbox }: McpConnectionOptions,
): Promise<McpConnection> {
  const { folder } = toolbox;
  const [command = '', ...args] = await toolbox.sandbox.confine({
    ...programOf(stdio),
    confinement: stdio,
    folder,
    filesBytesMax: stdio.memoryBytesMax,
  });
  const broken = Promise.withResolvers<string>();
  const transport = new StdioTransport({
    command,
    args,
    env: programEnvironment(await toolbox.secrets.texts(stdio.env)),
    cwd: folder,
    onBroken: broken.resolve,
  });
  let said = '';
  transport.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = endOf(said + text);
  });
  return {
    transport,
    pid: () => transport.pid ?? undefined,
    said: () => said.trim(),
    retryAfterMs: () => 0,
    whenBroken: broken.promise,
    end: async () => undefined,
  };
}

/** Of what a server says; not from within a word, which may be a secret. */
function endOf(said: string): string {
  if (said.length <= STDERR_CHARACTERS_KEPT) return said;
  return said.slice(-STDERR_CHARACTERS_KEPT).replace(/^\S*/, '…');
}

function programOf({ command, package: packageName, args }: StdioConfig) {
  if (command !== undefined) return { argv: [executableOf(command), ...args] };
  const entry = entryOfPackage(packageName ?? '');
  return { argv: [process.execPath, entry, ...args], needs: moduleFoldersOf(entry) };
}

function overHttp(
  { url, headers }: HttpUpstreamConfig,
  { toolbox }: McpConnectionOptions,
): McpConnection {
  const { fetch, close } = guardedFetch({
    guard: toolbox.http.guard,
    headers: () => toolbox.secrets.headers(headers),
  });
  const broken = Promise.withResolvers<string>();
  let waitMs = 0;
  const transport = new HttpTransport({
    url: new URL(url),
    fetch: async (...request) => {
      const answer = await fetch(...request);
      waitMs = retryAfterMs(answer.headers);
      return answer;
    },
    onBroken: broken.resolve,
  });
  return {
    transport,
    pid: () => undefined,
    said: () => '',
    retryAfterMs: () => waitMs,
    whenBroken: broken.promise,
    end: async () => {
      // It is told that the session is over, if it still hears.
      const told = transport.terminateSession().catch(() => undefined);
      await Promise.race([told, delay(FAREWELL_MAX_MS, undefined, { ref: false })]);
      await close();
    },
  };
}
