import { AppError, type JsonObject } from '@signalbox/kernel';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { HttpOutcome, HttpRequest } from '../http/outgoing-http.ts';
import { type Tool, type ToolCall, type ToolResult, ToolSource } from '../ports/tool.port.ts';
import { ask, type Toolbox } from './toolbox.ts';
import { toolModuleExport, toolModuleResult, type ToolModuleConfig } from './tool-module.schema.ts';

/** What a tool of yours is called with besides its arguments. */
export interface ToolModuleCall extends ToolCall {
  /** As it stands in the gateway's configuration. */
  readonly config: JsonObject;
  /** Sends a request to a destination under `http.allow`; `peer` is its name in messages. */
  ask(peer: string, request: Omit<HttpRequest, 'signal'>): Promise<HttpOutcome>;
  /** A credential by its reference: read when it is needed, redacted from whatever leaves. */
  secret(reference: string): Promise<string>;
}

export interface ToolModuleOptions {
  /** Of the tool. */
  readonly name: string;
  readonly config: ToolModuleConfig;
  /** What a relative path means. */
  readonly folder: string;
  readonly toolbox: Pick<Toolbox, 'http' | 'secrets'>;
}

/** One tool that is a file outside of this code. It runs in the gateway: trust it as the gateway. */
export class ToolModule extends ToolSource {
  readonly name: string;
  private loaded: Promise<Tool> | undefined;

  constructor(private readonly options: ToolModuleOptions) {
    super();
    this.name = options.name;
  }

  owns(toolName: string): boolean {
    return toolName === this.name;
  }

  async tools(): Promise<readonly Tool[]> {
    this.loaded ??= this.load();
    try {
      return [await this.loaded];
    } catch (cause) {
      this.loaded = undefined;
      const { module } = this.options.config;
      const message = `tools.${this.name}: ${module}: ${(cause as Error).message}`;
      throw new AppError({ code: 'tool_module', kind: 'unavailable', message, cause });
    }
  }

  onListed(): void {
    // It never changes while the process runs.
  }

  async close(): Promise<void> {}

  private async load(): Promise<Tool> {
    const { name, folder, config } = this.options;
    const path = resolve(folder, config.module);
    const { tool } = toolModuleExport.parse(await import(pathToFileURL(path).href));
    const { description, inputSchema, objectionTo, run } = tool as unknown as {
      readonly description: string;
      readonly inputSchema: JsonObject;
      readonly objectionTo?: Tool['objectionTo'];
      run(argumentsGiven: JsonObject, call: ToolModuleCall): unknown;
    };
    return {
      definition: { name, description, inputSchema },
      approvalRequired: config.approval,
      repeatable: config.repeatable,
      ...(objectionTo ? { objectionTo } : {}),
      run: async (given, call) => resultOf(await run(given, this.callOf(call))),
    };
  }

  private callOf(call: ToolCall): ToolModuleCall {
    const { config, toolbox } = this.options;
    return {
      ...call,
      config: config.config,
      ask: (peer, request) => ask(toolbox, peer, { ...request, signal: call.signal }),
      secret: (reference) => toolbox.secrets.resolve(reference),
    };
  }
}

/** It did run, whatever it answered. */
function resultOf(answer: unknown): ToolResult {
  const { data } = toolModuleResult.safeParse(answer);
  if (data) return data;
  const message = 'The tool ran, but answered with what is no result.';
  return { status: 'interrupted', code: 'unexpected_result', message };
}
