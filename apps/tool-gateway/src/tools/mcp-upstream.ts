import type { Tool as McpToolDefinition } from '@modelcontextprotocol/client';
import { type AppError, digestOf, type JsonObject } from '@signalbox/kernel';
import { setTimeout as delay } from 'node:timers/promises';
import { failed, type Tool, type ToolResult, ToolSource } from '../ports/tool.port.ts';
import { MissingCredential } from '../secrets/secret-reference.ts';
import { CallSlots } from './call-slots.ts';
import type { McpConnectionOptions } from './mcp-connection.ts';
import { answered, failureOf, isSessionUnknown } from './mcp-outcome.ts';
import type { McpSession } from './mcp-session.ts';
import { type CallUpstream, OfferedTools } from './mcp-tools.ts';
import { unavailable, UpstreamLives } from './upstream-lives.ts';

export interface McpUpstreamOptions extends McpConnectionOptions {
  readonly name: string;
  /** The most time that the policy gives anybody's calls of a tool, in ms; absent: it sets no limit. */
  readonly longestCallMs?: ((toolName: string) => number) | undefined;
}

interface Asked {
  readonly tool: Tool;
  /** As the server has it. */
  readonly definition: McpToolDefinition;
  readonly arguments: JsonObject;
  readonly signal: AbortSignal;
  /** On the clock of `performance.now()`. */
  readonly deadline: number;
  /** Aborted with `signal`, or when `deadline` has come. */
  readonly until: AbortSignal;
}

/** An MCP server whose tools are ours to offer as `<name>__<tool>`; its end ends nothing else. */
export class McpUpstream extends ToolSource {
  readonly name: string;
  known: readonly Tool[] = [];
  private readonly listeners = new Set<(tools: readonly Tool[]) => void>();
  private readonly slots: CallSlots;
  private readonly lives: UpstreamLives;
  private readonly offered: OfferedTools;
  /** The tools of the present session, or of one that was ended because nobody used it. */
  private listed: readonly Tool[] | undefined;

  constructor(private readonly options: McpUpstreamOptions) {
    super();
    this.name = options.name;
    this.slots = new CallSlots(options.config);
    this.offered = new OfferedTools(options, (...call) => this.call(...call));
    this.lives = new UpstreamLives({
      ...options,
      slots: this.slots,
      onTools: (definitions) => this.list(definitions),
      onLost: () => (this.listed = undefined),
    });
  }

  owns(toolName: string): boolean {
    return toolName.startsWith(`${this.name}__`);
  }

  async tools(): Promise<readonly Tool[]> {
    if (!this.listed) await this.lives.session();
    return this.listed ?? [];
  }

  override async find(toolName: string): Promise<Tool | undefined> {
    if (this.listed) return super.find(toolName);
    const { name, config, longestCallMs } = this.options;
    const waitMaxMs = Math.min(config.timeoutMs, longestCallMs?.(toolName) ?? Infinity);
    const found = new AbortController();
    const late = delay(waitMaxMs, undefined, { signal: found.signal }).then(() => {
      throw unavailable(name, `it has not started within ${waitMaxMs} ms.`);
    });
    return Promise.race([super.find(toolName), late]).finally(() => found.abort());
  }

  override onListed(listener: (tools: readonly Tool[]) => void): void {
    this.listeners.add(listener);
  }

  /** Of the server's process, started for it; absent when others run it. */
  async pid(): Promise<number | undefined> {
    return (await this.lives.session()).pid;
  }

  /** Whether there is a session, or one is being made. */
  get running(): boolean {
    return this.lives.running;
  }

  override close(): Promise<void> {
    return this.lives.close();
  }

  private async call(...[tool, definition, given, call]: Parameters<CallUpstream>) {
    const { timeoutMs, concurrency, queueMax } = this.options.config;
    const deadline = performance.now() + timeoutMs;
    const { signal } = call;
    const until = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    const place = await this.slots.take(until);
    if (place === 'full') {
      const busy = `${this.name} works on ${concurrency} calls, and ${queueMax} wait`;
      return failed('queue_full', `${busy}; try again later.`);
    }
    if (place === 'stopped') return this.notSent(signal, 'its turn with');
    try {
      const asked = { tool, definition, arguments: given, signal, deadline, until };
      return await this.patiently(asked);
    } finally {
      this.slots.release();
    }
  }

  /** A call that was lost with the server is made again only if that does no harm. */
  private async patiently(asked: Asked): Promise<ToolResult> {
    const first = await this.callOnce(asked);
    const lost =
      first.status !== 'succeeded' && ['upstream_lost', 'session_lost'].includes(first.code);
    return lost && asked.tool.repeatable ? this.callOnce(asked) : first;
  }

  private async callOnce(asked: Asked): Promise<ToolResult> {
    const { tool, definition, signal, deadline, until } = asked;
    let session: McpSession | undefined;
    try {
      session = await Promise.race([this.lives.session(), aborted(until)]);
      if (!session) return this.notSent(signal, 'the start of');
    } catch (error) {
      const { cause } = error as AppError;
      if (cause instanceof MissingCredential) return cause.toResult();
      return failed('not_started', String(error));
    }
    if (!this.offers(tool)) {
      return failed('definition_changed', `${tool.definition.name} has become another tool.`);
    }
    if (session.lostBecause !== undefined) return failed('session_lost', session.lostBecause);
    const timeoutMs = Math.max(1, Math.round(deadline - performance.now()));
    try {
      return answered(await session.callTool(definition, asked.arguments, { timeoutMs, signal }));
    } catch (error) {
      const failure = failureOf(error, signal, session.lostBecause);
      if (isSessionUnknown(error)) await session.close('the server does not know it any more');
      return failure;
    }
  }

  private notSent({ aborted: cancelled }: AbortSignal, forWhat: string): ToolResult {
    const code = cancelled ? 'cancelled' : 'timeout';
    return failed(code, `It waited for ${forWhat} ${this.name}, and was not sent.`);
  }

  /** A server that was started anew may have other tools than the ones that were judged. */
  private offers(judged: Tool): boolean {
    const { definition } = judged;
    const now = this.listed?.find((tool) => tool.definition.name === definition.name);
    if (now === judged) return true;
    return now !== undefined && digestOf(now.definition) === digestOf(definition);
  }

  private list(definitions: readonly McpToolDefinition[]): void {
    const tools = this.offered.of(definitions);
    this.known = this.listed = tools;
    for (const listener of this.listeners) listener(tools);
  }
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}
