import {
  SdkError,
  SdkErrorCode,
  type CallToolResult,
  type PriorDiscovery,
} from '@modelcontextprotocol/client';
import { Logger } from '@nestjs/common';
import { AppError, type Json, type JsonObject } from '@signalbox/kernel';
import { setTimeout as delay } from 'node:timers/promises';
import type { UpstreamConfig } from '../gateway-config/gateway-config.schema.ts';
import { type Tool, type ToolCall, type ToolResult, ToolSource } from '../ports/tool.port.ts';
import { McpSession } from './mcp-session.ts';
import { offeredTools } from './mcp-tools.ts';

/** After a server that lived long the next start is at once; otherwise it waits, doubling. */
const BACK_OFF_FIRST_MS = 250;
const BACK_OFF_MAX_MS = 30_000;
/** A server that lived this long has not failed to start. */
const STABLE_AFTER_MS = 10_000;
/** What a call waits for the next start; if that is further off, it is told so. */
const START_WAIT_MAX_MS = 2_000;

export interface McpUpstreamOptions {
  readonly name: string;
  readonly config: UpstreamConfig;
  readonly folder: string;
}

interface Started {
  readonly session: McpSession;
  readonly tools: readonly Tool[];
}

/** An MCP server whose tools are ours to offer as `<name>__<tool>`; its end ends nothing else. */
export class McpUpstream extends ToolSource {
  readonly name: string;
  private readonly logger: Logger;
  private readonly listeners = new Set<(tools: readonly Tool[]) => void>();
  private current: Promise<Started> | undefined;
  private prior: PriorDiscovery | undefined;
  private failures = 0;
  private startAgainAt = 0;
  private closed = false;

  constructor(private readonly options: McpUpstreamOptions) {
    super();
    this.name = options.name;
    this.logger = new Logger(`${McpUpstream.name} ${options.name}`);
  }

  owns(toolName: string): boolean {
    return toolName.startsWith(`${this.name}__`);
  }

  async tools(): Promise<readonly Tool[]> {
    return (await this.started()).tools;
  }

  onListed(listener: (tools: readonly Tool[]) => void): void {
    this.listeners.add(listener);
  }

  /** Of the server's process while it runs. */
  async pid(): Promise<number | null> {
    return (await this.started()).session.pid;
  }

  async close(): Promise<void> {
    this.closed = true;
    const started = await this.current?.catch(() => undefined);
    await started?.session.close();
  }

  /** A call that was lost with the server is made again only if that does no harm. */
  private async call(tool: Tool, name: string, argumentsGiven: JsonObject, call: ToolCall) {
    const first = await this.callOnce(name, argumentsGiven, call);
    const lost = first.status === 'interrupted' && first.code === 'upstream_lost';
    return lost && tool.repeatable ? this.callOnce(name, argumentsGiven, call) : first;
  }

  private async callOnce(
    name: string,
    argumentsGiven: JsonObject,
    { signal }: ToolCall,
  ): Promise<ToolResult> {
    let session: McpSession;
    try {
      ({ session } = await this.started());
    } catch (error) {
      return { status: 'failed', code: 'not_started', message: String(error) };
    }
    const { timeoutMs } = this.options.config;
    try {
      return toToolResult(await session.callTool(name, argumentsGiven, { timeoutMs, signal }));
    } catch (error) {
      return failureOf(error, { lost: session.lost, cancelled: signal.aborted });
    }
  }

  private started(): Promise<Started> {
    this.current ??= this.start().catch((error: unknown) => {
      this.current = undefined;
      throw error;
    });
    return this.current;
  }

  private async start(): Promise<Started> {
    if (this.closed) throw unavailable(`the upstream ${this.name} is closed`);
    const waitMs = this.startAgainAt - performance.now();
    if (waitMs > START_WAIT_MAX_MS) {
      throw unavailable(`the upstream ${this.name} starts again in ${Math.ceil(waitMs)} ms`);
    }
    if (waitMs > 0) await delay(waitMs);
    const startedAt = performance.now();
    try {
      const { config, folder } = this.options;
      const session = await McpSession.start({ stdio: config.stdio, folder, prior: this.prior });
      const tools = await this.list(session);
      this.prior = session.discovery;
      void session.whenLost.then(() => this.onLost(startedAt));
      for (const listener of this.listeners) listener(tools);
      return { session, tools };
    } catch (cause) {
      this.prior = undefined;
      this.backOff(startedAt);
      throw unavailable(`the upstream ${this.name} does not start: ${String(cause)}`, cause);
    }
  }

  private async list(session: McpSession): Promise<readonly Tool[]> {
    try {
      const definitions = await session.listTools();
      return offeredTools(definitions, this.options, (...call) => this.call(...call));
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  private onLost(startedAt: number): void {
    this.current = undefined;
    if (this.closed) return;
    this.backOff(startedAt);
    this.logger.warn('the server has ended; it is started again when it is needed');
  }

  private backOff(startedAt: number): void {
    const now = performance.now();
    this.failures = now - startedAt > STABLE_AFTER_MS ? 0 : this.failures + 1;
    const waitMs = this.failures === 0 ? 0 : BACK_OFF_FIRST_MS * 2 ** (this.failures - 1);
    this.startAgainAt = now + Math.min(waitMs, BACK_OFF_MAX_MS);
  }
}

function toToolResult(answer: CallToolResult): ToolResult {
  const { content, structuredContent } = answer;
  if (answer.isError === true) {
    const texts = content.flatMap((block) => (block.type === 'text' ? [block.text] : []));
    const message = texts.join('\n') || 'The tool says that it failed, and not why.';
    return { status: 'failed', code: 'tool_error', message };
  }
  const result = structuredContent === undefined ? { content } : { content, structuredContent };
  return { status: 'succeeded', result: result as unknown as Json };
}

function failureOf(
  error: unknown,
  { lost, cancelled }: { readonly lost: boolean; readonly cancelled: boolean },
): ToolResult {
  const message = error instanceof Error ? error.message : String(error);
  if (cancelled) return { status: 'interrupted', code: 'cancelled', message };
  if (lost) return { status: 'interrupted', code: 'upstream_lost', message };
  if (error instanceof SdkError && error.code === SdkErrorCode.RequestTimeout) {
    return { status: 'interrupted', code: 'timeout', message };
  }
  return { status: 'failed', code: 'protocol_error', message };
}

function unavailable(message: string, cause?: unknown): AppError {
  return new AppError({ code: 'upstream_unavailable', kind: 'unavailable', message, cause });
}
