import { AppError, type JsonObject } from '@signalbox/kernel';
import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { type Tool, ToolSource } from '../ports/tool.port.ts';
import { inTool, wordsOf } from './stray-errors.ts';
import { moduleObjection, moduleResult, type ToolModuleCall } from './tool-module-call.ts';
import { toolModuleExport, type ToolModuleConfig } from './tool-module.schema.ts';
import type { Toolbox } from './toolbox.ts';

/** For a file that waits for something of its own; nobody can end it. */
const LOAD_MAX_MS = 30_000;

export interface ToolModuleOptions {
  /** Of the tool. */
  readonly name: string;
  readonly config: ToolModuleConfig;
  readonly toolbox: Pick<Toolbox, 'folder' | 'http' | 'secrets'>;
  readonly loadMaxMs?: number;
}

/** One tool that is a file outside of this code. It runs in the gateway: trust it as the gateway. */
export class ToolModule extends ToolSource {
  readonly name: string;
  known: readonly Tool[] = [];
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
      this.known = [await this.loaded];
      return this.known;
    } catch (cause) {
      this.loaded = undefined;
      const message = `tools.${this.name}: ${this.options.config.module}: ${wordsOf(cause)}`;
      throw new AppError({ code: 'tool_module', kind: 'unavailable', message, cause });
    }
  }

  private async load(): Promise<Tool> {
    const { name, config, toolbox } = this.options;
    const exported = await this.imported();
    const { description, inputSchema } = toolModuleExport.parse(exported).tool;
    const { tool } = exported as {
      readonly tool: {
        objectionTo?(argumentsGiven: JsonObject): unknown;
        run(argumentsGiven: JsonObject, call: ToolModuleCall): unknown;
      };
    };
    const means = { config: config.config, toolbox };
    return {
      definition: { name, description, inputSchema },
      approvalRequired: config.approval,
      repeatable: config.repeatable,
      objectionTo: (given) => inTool(name, () => moduleObjection(() => tool.objectionTo?.(given))),
      run: (given, call) =>
        inTool(name, () => moduleResult((all) => tool.run(given, all), call, means)),
    };
  }

  private async imported(): Promise<unknown> {
    const { name, config, toolbox, loadMaxMs = LOAD_MAX_MS } = this.options;
    const { href } = pathToFileURL(resolve(toolbox.folder, config.module));
    const waited = new AbortController();
    const { signal } = waited;
    const late = delay(loadMaxMs, undefined, { signal, ref: false }).then(() => {
      throw new Error(`it has not loaded after ${loadMaxMs} ms`);
    });
    try {
      return await Promise.race([inTool(name, () => import(href)), late]);
    } finally {
      waited.abort();
    }
  }
}
