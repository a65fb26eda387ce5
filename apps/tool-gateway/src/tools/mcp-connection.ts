import { StreamableHTTPClientTransport, type Transport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { setTimeout as delay } from 'node:timers/promises';
import type {
  HttpUpstreamConfig,
  StdioConfig,
  UpstreamConfig,
} from '../gateway-config/upstream.schema.ts';
import { guardedFetch } from '../http/guarded-fetch.ts';
import { entryOfPackage, executableOf, moduleFoldersOf, programEnvironment } from './program.ts';
import type { Toolbox } from './toolbox.ts';

const MESSAGE_BYTES_MAX = 4_000_000;
const STDERR_CHARACTERS_KEPT = 1_000;
const FAREWELL_MAX_MS = 2_000;

/** A way to an MCP server that is not open yet. */
export interface McpConnection {
  readonly transport: Transport;
  /** Of the server's process, if it is ours. */
  pid(): number | undefined;
  /** What the server last said beside the protocol. */
  said(): string;
  /** Ends what the transport leaves open. */
  end(): Promise<void>;
}

export interface McpConnectionOptions {
  readonly config: UpstreamConfig;
  /** Where the server runs and what relative paths mean. */
  readonly folder: string;
  readonly toolbox: Pick<Toolbox, 'http' | 'sandbox' | 'secrets'>;
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
  { folder, toolbox }: McpConnectionOptions,
): Promise<McpConnection> {
  const [command = '', ...args] = await toolbox.sandbox.confine({
    ...programOf(stdio),
    confinement: stdio,
    folder,
  });
  const transport = new StdioClientTransport({
    command,
    args,
    env: programEnvironment(await toolbox.secrets.texts(stdio.env)),
    cwd: folder,
    stderr: 'pipe',
    maxBufferSize: MESSAGE_BYTES_MAX,
  });
  let said = '';
  transport.stderr?.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString('utf8')).slice(-STDERR_CHARACTERS_KEPT);
  });
  return {
    transport,
    pid: () => transport.pid ?? undefined,
    said: () => said.trim(),
    end: async () => undefined,
  };
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
    answerBytesMax: MESSAGE_BYTES_MAX,
  });
  const transport = new StreamableHTTPClientTransport(new URL(url), { fetch });
  return {
    transport,
    pid: () => undefined,
    said: () => '',
    end: async () => {
      // It is told that the session is over, if it still hears.
      const told = transport.terminateSession().catch(() => undefined);
      await Promise.race([told, delay(FAREWELL_MAX_MS, undefined, { ref: false })]);
      await close();
    },
  };
}
