import type { PriorDiscovery } from '@modelcontextprotocol/client';
import { Logger } from '@nestjs/common';
import { AppError, digestOf, type JsonObject } from '@signalbox/kernel';
import { setTimeout as delay } from 'node:timers/promises';
import { type Tool, type ToolCall, type ToolResult, ToolSource } from '../ports/tool.port.ts';
import { MissingCredential } from '../secrets/secret-reference.ts';
import { BackOff } from './back-off.ts';
import { CallSlots } from './call-slots.ts';
import type { McpConnectionOptions } from './mcp-connection.ts';
import { answered, failureOf, isSessionUnknown } from './mcp-outcome.ts';
import { McpSession } from './mcp-session.ts';
import { offeredTools } from './mcp-tools.ts';
import { IDLE, lookAfter } from './upstream-upkeep.ts';

/** What a call waits for the next start; if that is further off, it is told so. */
const START_WAIT_MAX_MS = 2_000;

export interface McpUpstreamOptions extends McpConnectionOptions {
  readonly name: string;
}

interface Asked {
  readonly tool: Tool;
  /** As the server knows it. */
  readonly name: string;
  readonly arguments: JsonObject;
  readonly signal: AbortSignal;
  /** On the clock of `performance.now()`. */
  readonly deadline: number;
}

/** An MCP server whose tools are ours to offer as `<name>__<tool>`; its end ends nothing else. */
export class McpUpstream extends ToolSource {
  readonly name: string;
  private readonly logger: Logger;
  private readonly listeners = new Set<(tools: readonly Tool[]) => void>();
  private readonly slots: CallSlots;
  private readonly backOff = new BackOff();
  private current: Promise<McpSession> | undefined;
  /** The tools of the present session, or of one that was ended because nobody used it. */
  private listed: readonly Tool[] | undefined;
  private prior: PriorDiscovery | undefined;
  private closed = false;

  constructor(private readonly options: McpUpstreamOptions) {
    super();
    this.name = options.name;
    this.slots = new CallSlots(options.config);
    this.logger = new Logger(`${McpUpstream.name} ${options.name}`);
  }

  owns(toolName: string): boolean {
    return toolName.startsWith(`${this.name}__`);
  }

  async tools(): Promise<readonly Tool[]> {
    if (!this.listed) await this.session();
    return this.listed ?? [];
  }

  onListed(listener: (tools: readonly Tool[]) => void): void {
    this.listeners.add(listener);
  }

  /** Of the server's process, started for it; absent when others run it. */
  async pid(): Promise<number | undefined> {
    return (await this.session()).pid;
  }

  /** Whether there is a session, or one is being made. */
  get running(): boolean {
    return this.current !== undefined;
  }

  async close(): Promise<void> {
    this.closed = true;
    const session = await this.current?.catch(() => undefined);
    await session?.close('the gateway stops');
  }

  private async call(tool: Tool, name: string, argumentsGiven: JsonObject, call: ToolCall) {
    const { timeoutMs, concurrency, queueMax } = this.options.config;
    const deadline = performance.now() + timeoutMs;
    const { signal } = call;
    const place = await this.slots.take(AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]));
    if (place === 'full') {
      const busy = `${this.name} works on ${concurrency} calls, and ${queueMax} wait`;
      return failed('queue_full', `${busy}; try again later.`);
    }
    if (place === 'stopped') {
      const code = signal.aborted ? 'cancelled' : 'timeout';
      return failed(code, `It waited for its turn with ${this.name}, and was not sent.`);
    }
    try {
      return await this.patiently({ tool, name, arguments: argumentsGiven, signal, deadline });
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

  private async callOnce({ tool, name, signal, deadline, ...asked }: Asked): Promise<ToolResult> {
    let session: McpSession;
    try {
      session = await this.session();
    } catch (error) {
      const { cause } = error as AppError;
      if (cause instanceof MissingCredential) return cause.toResult();
      return failed('not_started', String(error));
    }
    if (!this.offers(tool)) {
      return failed('definition_changed', `${tool.definition.name} has become another tool.`);
    }
    const timeoutMs = Math.max(1, Math.round(deadline - performance.now()));
    try {
      return answered(await session.callTool(name, asked.arguments, { timeoutMs, signal }));
    } catch (error) {
      const failure = failureOf(error, {
        lostBecause: session.lostBecause,
        cancelled: signal.aborted,
      });
      if (isSessionUnknown(error)) await session.close('the server does not know it any more');
      return failure;
    }
  }

  /** A server that was started anew may have other tools than the ones that were judged. */
  private offers({ definition }: Tool): boolean {
    const now = this.listed?.find((tool) => tool.definition.name === definition.name);
    return now !== undefined && digestOf(now.definition) === digestOf(definition);
  }

  private session(): Promise<McpSession> {
    this.current ??= this.start().catch((error: unknown) => {
      this.current = undefined;
      throw error;
    });
    return this.current;
  }

  private async start(): Promise<McpSession> {
    if (this.closed) throw unavailable(`the upstream ${this.name} is closed`);
    const waitMs = this.backOff.waitMs(performance.now());
    if (waitMs > START_WAIT_MAX_MS) {
      throw unavailable(`the upstream ${this.name} starts again in ${Math.ceil(waitMs)} ms`);
    }
    if (waitMs > 0) await delay(waitMs);
    const startedAt = performance.now();
    try {
      const onTools = (tools: Parameters<typeof offeredTools>[0]) => this.list(tools);
      const session = await McpSession.start({ ...this.options, prior: this.prior, onTools });
      this.list(await session.listTools().catch((error) => this.abandon(session, error)));
      this.prior = session.discovery;
      void session.whenLost.then(() => this.onLost(session, startedAt));
      lookAfter(session, this.options.config, this.slots);
      return session;
    } catch (cause) {
      this.prior = undefined;
      this.backOff.ended(startedAt, performance.now());
      throw unavailable(`the upstream ${this.name} does not start: ${String(cause)}`, cause);
    }
  }

  private list(definitions: Parameters<typeof offeredTools>[0]): void {
    const tools = offeredTools(definitions, this.options, (...call) => this.call(...call));
    this.listed = tools;
    for (const listener of this.listeners) listener(tools);
  }

  private async abandon(session: McpSession, error: unknown): Promise<never> {
    await session.close('it did not list its tools');
    throw error;
  }

  private onLost({ lostBecause }: McpSession, startedAt: number): void {
    this.current = undefined;
    if (this.closed || lostBecause === IDLE) return;
    this.listed = undefined;
    this.backOff.ended(startedAt, performance.now());
    this.logger.warn(`${lostBecause}; it is started again when it is needed`);
  }
}

const failed = (code: string, message: string): ToolResult => ({ status: 'failed', code, message });

function unavailable(message: string, cause?: unknown): AppError {
  return new AppError({ code: 'upstream_unavailable', kind: 'unavailable', message, cause });
}
