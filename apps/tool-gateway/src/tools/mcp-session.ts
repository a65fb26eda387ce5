import {
  Client,
  type CallToolResult,
  type PriorDiscovery,
  type Tool as McpToolDefinition,
} from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import type { JsonObject } from '@signalbox/kernel';
import type { StdioConfig } from '../gateway-config/gateway-config.schema.ts';
import { entryOfPackage, executableOf, programEnvironment } from './program.ts';

const CONNECT_TIMEOUT_MS = 10_000;
const MESSAGE_BYTES_MAX = 4_000_000;
const STDERR_CHARACTERS_KEPT = 1_000;

export interface McpSessionOptions {
  readonly stdio: StdioConfig;
  /** Where the server runs and what relative paths mean. */
  readonly folder: string;
  /** What an earlier life of the server spoke, so that it need not be found out again. */
  readonly prior?: PriorDiscovery | undefined;
}

/** One life of an MCP server's process, from its start to its end. */
export class McpSession {
  /** Resolves when the process or its connection is gone. */
  readonly whenLost: Promise<void>;
  private ended = false;
  private stderr = '';

  private constructor(
    private readonly client: Client,
    private readonly transport: StdioClientTransport,
  ) {
    this.whenLost = new Promise((resolve) => {
      client.onclose = () => {
        this.ended = true;
        resolve();
      };
    });
    transport.stderr?.on('data', (chunk: Buffer) => {
      this.stderr = (this.stderr + chunk.toString('utf8')).slice(-STDERR_CHARACTERS_KEPT);
    });
  }

  get lost(): boolean {
    return this.ended;
  }

  /** Of the server's process. */
  get pid(): number | null {
    return this.transport.pid;
  }

  /** What the server speaks, for its next life. */
  get discovery(): PriorDiscovery {
    const discover = this.client.getDiscoverResult();
    return discover === undefined ? { kind: 'legacy' } : { kind: 'modern', discover };
  }

  static async start(options: McpSessionOptions): Promise<McpSession> {
    const transport = new StdioClientTransport(launchOf(options));
    const client = new Client(
      { name: 'signalbox-tool-gateway', version: '0.1.0' },
      { versionNegotiation: { mode: 'auto' } },
    );
    const session = new McpSession(client, transport);
    try {
      const { prior } = options;
      const timeout = CONNECT_TIMEOUT_MS;
      await client.connect(transport, prior === undefined ? { timeout } : { timeout, prior });
    } catch (cause) {
      await client.close().catch(() => undefined);
      throw new Error(`${String(cause)} ${session.stderr.trim()}`.trim(), { cause });
    }
    return session;
  }

  async listTools(): Promise<readonly McpToolDefinition[]> {
    const { tools } = await this.client.listTools(undefined, { timeout: CONNECT_TIMEOUT_MS });
    return tools;
  }

  callTool(
    name: string,
    argumentsGiven: JsonObject,
    options: { readonly timeoutMs: number; readonly signal: AbortSignal },
  ): Promise<CallToolResult> {
    return this.client.callTool(
      { name, arguments: { ...argumentsGiven } },
      { timeout: options.timeoutMs, maxTotalTimeout: options.timeoutMs, signal: options.signal },
    );
  }

  close(): Promise<void> {
    return this.client.close();
  }
}

function launchOf({ stdio, folder }: McpSessionOptions) {
  const { command, package: packageName, args, env } = stdio;
  const start =
    command === undefined
      ? { command: process.execPath, args: [entryOfPackage(packageName ?? ''), ...args] }
      : { command: executableOf(command), args };
  return {
    ...start,
    env: programEnvironment(env),
    cwd: folder,
    stderr: 'pipe' as const,
    maxBufferSize: MESSAGE_BYTES_MAX,
  };
}
