import type { Json, JsonObject } from '@signalbox/kernel';

/** What a caller binds itself to; its digest is what a call and a grant must name. */
export interface ToolDefinition {
  /** A token: letters, digits, `_` and `-`. */
  readonly name: string;
  readonly description: string;
  /** JSON Schema of an object. */
  readonly inputSchema: JsonObject;
}

export interface ToolCall {
  /** The effect key, for peers that take an idempotency key. */
  readonly callId: string;
  /** The run that asks; absent where none does. */
  readonly executionId?: string;
  /** Aborted by a halt, when the gateway stops, or when the time is up that the policy gives. */
  readonly signal: AbortSignal;
}

export type ToolResult =
  | { readonly status: 'succeeded'; readonly result: Json }
  | { readonly status: 'failed'; readonly code: string; readonly message: string }
  /** It was stopped or lost before it answered: what it did until then stays done. */
  | { readonly status: 'interrupted'; readonly code: string; readonly message: string };

export type ToolFailure = Exclude<ToolResult, { readonly status: 'succeeded' }>;

export const failed = (code: string, message: string) =>
  ({ status: 'failed', code, message }) as const;

export const interrupted = (code: string, message: string) =>
  ({ status: 'interrupted', code, message }) as const;

/** Why calls are stopped that run; the reason of their signals. */
export type Stop = 'halted' | 'stopping';

/** Why a call was stopped, for its message. */
export function stoppedBy({ reason }: AbortSignal): string {
  if (reason === ('halted' satisfies Stop)) return 'by the kill switch';
  if (reason === ('stopping' satisfies Stop)) return 'with the gateway';
  return 'because its time was up';
}

/** One thing the gateway can do to the outside. */
export interface Tool {
  readonly definition: ToolDefinition;
  readonly approvalRequired: boolean;
  /** Running it again does no harm, by our configuration; a peer's own word is only a hint. */
  readonly repeatable: boolean;
  /** Of its answer as JSON: what is longer its caller gets the beginning of; absent: as the gateway has it. */
  readonly outputBytesMax?: number;
  /** What is wrong with arguments that fit the schema; absent when nothing can be. */
  objectionTo?(argumentsGiven: JsonObject): string | undefined;
  run(argumentsGiven: JsonObject, call: ToolCall): Promise<ToolResult>;
}

/** Where tools come from: what is built in, or an upstream server. */
export abstract class ToolSource {
  abstract readonly name: string;
  /** The tools as they were listed last; nothing is started, or asked, for it. */
  abstract get known(): readonly Tool[];
  /** True when a tool of that name could only come from here. */
  abstract owns(toolName: string): boolean;
  /**
   * The tools as they now are, started for it if need be.
   * @throws AppError `unavailable` when that cannot be known at present.
   */
  abstract tools(): Promise<readonly Tool[]>;

  /**
   * The tool of that name, for a call: what has to be started is not waited for longer than the call
   * may take.
   * @throws AppError as `tools`.
   */
  async find(toolName: string): Promise<Tool | undefined> {
    return (await this.tools()).find(({ definition }) => definition.name === toolName);
  }

  /** Calls `listener` each time the tools have been listed anew. */
  onListed(_listener: (tools: readonly Tool[]) => void): void {
    // Of most sources they never change while the process runs.
  }

  async close(): Promise<void> {}
}
