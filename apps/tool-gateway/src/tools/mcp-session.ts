import {
  Client,
  type CallToolResult,
  type PriorDiscovery,
  type Tool as McpToolDefinition,
} from '@modelcontextprotocol/client';
import type { JsonObject } from '@signalbox/kernel';
import { followChanges } from './follow-changes.ts';
import { mcpConnection, type McpConnection, type McpConnectionOptions } from './mcp-connection.ts';
import { wordsOf } from './mcp-outcome.ts';

/** For each of its requests; on a machine with much to do a server takes long to come up. */
const CONNECT_TIMEOUT_MS = 30_000;
/** For all that a start consists of, whatever it waits for. */
const START_MAX_MS = 60_000;
const PING_TIMEOUT_MS = 5_000;

export const SERVER_ENDED = 'the server has ended';
export const STOPPED = 'the gateway stops';

export class StartFailed extends Error {
  /** How long the server wants not to be asked again; 0 if it has not said. */
  readonly retryAfterMs: number;

  constructor(why: string, connection: McpConnection, cause: unknown) {
    super(why, { cause });
    this.retryAfterMs = connection.retryAfterMs();
  }
}

export interface McpSessionOptions extends McpConnectionOptions {
  /** What an earlier life of the server spoke, so that it need not be found out again. */
  readonly prior?: PriorDiscovery | undefined;
  /** Ends the session, and its start. */
  readonly stopped: AbortSignal;
  /** Called with the tools each time the server says that they are others now. */
  readonly onTools: (tools: readonly McpToolDefinition[]) => void;
}

/** One life of an MCP server's process, or one session with a server that others run. */
export class McpSession {
  /** Resolves when the process or its connection is gone. */
  readonly whenLost: Promise<void>;
  private readonly lost = Promise.withResolvers<void>();
  private ended: string | undefined;

  private constructor(
    private readonly client: Client,
    private readonly connection: McpConnection,
  ) {
    this.whenLost = this.lost.promise;
    client.onclose = () => {
      this.ended ??= SERVER_ENDED;
      this.lost.resolve();
    };
    void connection.whenBroken.then((because) => this.close(because));
    // Whoever waits for such a pipe to take more would wait for ever.
    client.onerror = ({ message }) => {
      if (!message.includes('EPIPE')) return;
      void this.close(`it takes nothing any more: ${message}`);
    };
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

  /** Resolves when it can be called, and its tools are listed. @throws StartFailed */
  static async start(options: McpSessionOptions): Promise<McpSession> {
    const { prior, onTools, stopped } = options;
    const connection = await mcpConnection(options);
    stopped.throwIfAborted();
    const onChanged = (error: Error | null, tools: readonly McpToolDefinition[] | null) => {
      if (!error && tools) onTools(tools);
    };
    const client = new Client(
      { name: 'signalbox-tool-gateway', version: '0.1.0' },
      { versionNegotiation: { mode: 'auto' }, listChanged: { tools: { onChanged } } },
    );
    const session = new McpSession(client, connection);
    const stop = () => void session.close(STOPPED);
    stopped.addEventListener('abort', stop);
    void session.whenLost.then(() => stopped.removeEventListener('abort', stop));
    const late = setTimeout(() => void session.close('it took too long'), START_MAX_MS);
    const lost = session.whenLost.then(() => Promise.reject(new Error(session.ended)));
    try {
      const timeout = CONNECT_TIMEOUT_MS;
      const known = prior === undefined ? { timeout } : { timeout, prior };
      // The client does not give up by itself whatever the server does.
      await Promise.race([client.connect(connection.transport, known), lost]);
      onTools(await Promise.race([session.listTools(), lost]));
    } catch (cause) {
      const { ended = SERVER_ENDED } = session;
      await session.close('it did not start');
      const why = ended === SERVER_ENDED ? wordsOf(cause) : ended;
      throw new StartFailed(`${why} ${connection.said()}`.trim(), connection, cause);
    } finally {
      clearTimeout(late);
    }
    const over = () => session.ended !== undefined;
    void followChanges(client, over, async () => onTools(await session.listTools()));
    return session;
  }

  private async listTools(): Promise<readonly McpToolDefinition[]> {
    const options = { timeout: CONNECT_TIMEOUT_MS, cacheMode: 'refresh' } as const;
    return (await this.client.listTools(undefined, options)).tools;
  }

  callTool(
    definition: McpToolDefinition,
    argumentsGiven: JsonObject,
    { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal },
  ): Promise<CallToolResult> {
    const toolDefinition = { ...definition };
    // What has been done has not failed because its answer is worded in an odd way.
    delete toolDefinition.outputSchema;
    return this.client.callTool(
      { name: definition.name, arguments: { ...argumentsGiven } },
      { timeout: timeoutMs, maxTotalTimeout: timeoutMs, signal, toolDefinition },
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

  /** Does not fail. */
  async close(because: string): Promise<void> {
    if (this.ended !== undefined) return this.whenLost;
    this.ended = because;
    const steps = [
      () => this.connection.end(),
      () => this.client.close(),
      // The client does not have it yet while it finds out what the server speaks.
      () => this.connection.transport.close(),
    ];
    // What cannot be closed any more is gone.
    for (const step of steps) await step().catch(() => undefined);
    // Not all that is closed says so: somebody else may hold the pipes of a process that is gone.
    this.lost.resolve();
  }
}
