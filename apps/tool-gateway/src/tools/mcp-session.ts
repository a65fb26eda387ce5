import {
  Client,
  type CallToolResult,
  type PriorDiscovery,
  type Tool as McpToolDefinition,
} from '@modelcontextprotocol/client';
import type { JsonObject } from '@signalbox/kernel';
import { mcpConnection, type McpConnection, type McpConnectionOptions } from './mcp-connection.ts';

const CONNECT_TIMEOUT_MS = 10_000;
const PING_TIMEOUT_MS = 5_000;

export interface McpSessionOptions extends McpConnectionOptions {
  /** What an earlier life of the server spoke, so that it need not be found out again. */
  readonly prior?: PriorDiscovery | undefined;
  /** Called with the tools each time the server says that they are others now. */
  readonly onTools: (tools: readonly McpToolDefinition[]) => void;
}

/** One life of an MCP server's process, or one session with a server that others run. */
export class McpSession {
  /** Resolves when the process or its connection is gone. */
  readonly whenLost: Promise<void>;
  private ended: string | undefined;

  private constructor(
    private readonly client: Client,
    private readonly connection: McpConnection,
  ) {
    this.whenLost = new Promise((resolve) => {
      client.onclose = () => {
        this.ended ??= 'the server has ended';
        resolve();
      };
    });
  }

  /** Why it is over; absent while it is not. */
  get lostBecause(): string | undefined {
    return this.ended;
  }

  /** Of the server's process, if it is ours. */
  get pid(): number | undefined {
    return this.connection.pid();
  }

  /** What the server speaks, for its next life. */
  get discovery(): PriorDiscovery {
    const discover = this.client.getDiscoverResult();
    return discover === undefined ? { kind: 'legacy' } : { kind: 'modern', discover };
  }

  static async start(options: McpSessionOptions): Promise<McpSession> {
    const { prior, onTools } = options;
    const connection = await mcpConnection(options);
    const onChanged = (error: Error | null, tools: readonly McpToolDefinition[] | null) => {
      if (!error && tools) onTools(tools);
    };
    const client = new Client(
      { name: 'signalbox-tool-gateway', version: '0.1.0' },
      { versionNegotiation: { mode: 'auto' }, listChanged: { tools: { onChanged } } },
    );
    const session = new McpSession(client, connection);
    try {
      const timeout = CONNECT_TIMEOUT_MS;
      const known = prior === undefined ? { timeout } : { timeout, prior };
      await client.connect(connection.transport, known);
    } catch (cause) {
      await session.close('it did not start');
      throw new Error(`${String(cause)} ${connection.said()}`.trim(), { cause });
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

  /** Calls `listener` when something went wrong beside any call, as with a stream of answers. */
  onTrouble(listener: () => void): void {
    this.client.onerror = listener;
  }

  /** @throws when the server does not answer as one that is well does. */
  async ping(): Promise<void> {
    const options = { timeout: PING_TIMEOUT_MS };
    // The newer revision has no ping; https://modelcontextprotocol.io/specification
    if (this.discovery.kind === 'modern') await this.client.discover(options);
    else await this.client.ping(options);
  }

  async close(because: string): Promise<void> {
    if (this.ended !== undefined) return this.whenLost;
    this.ended = because;
    await this.connection.end();
    await this.client.close();
  }
}
