import type { JsonObject } from '@signalbox/kernel';

/** The provider name of built-in planners, which are no language models. */
export const OFFLINE_PROVIDER = 'offline';

/** A tool as the model is told of it. */
export interface ModelTool {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the arguments. */
  readonly inputSchema: JsonObject;
}

/** The model's wish to use a tool. */
export interface ModelToolUse {
  /** The provider's own id, which its tool results must repeat; absent where it has none. */
  readonly id?: string;
  readonly name: string;
  readonly arguments: JsonObject;
}

export type ModelMessage =
  | { readonly role: 'user'; readonly text: string }
  | {
      readonly role: 'assistant';
      readonly text: string;
      readonly toolUses: readonly (ModelToolUse & { readonly id: string })[];
    }
  | { readonly role: 'tool'; readonly toolUseId: string; readonly text: string };

export interface ModelRequest {
  readonly provider: string;
  readonly model: string;
  /** Ours and trusted; what came from outside belongs into a fence in a message. */
  readonly system: string;
  readonly messages: readonly ModelMessage[];
  readonly tools: readonly ModelTool[];
}

export interface ModelAnswer {
  /** '' when the model only used tools. */
  readonly text: string;
  readonly toolUses: readonly ModelToolUse[];
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly provider: string;
  /** The exact model that answered, as its provider calls it. */
  readonly model: string;
  /** True when no language model was asked. */
  readonly offline: boolean;
}

/** One question to a model, one answer. Retries belong to the caller, who keeps a journal. */
export abstract class ModelPort {
  /**
   * @param signal aborts the call under way.
   * @throws AppError `unavailable` (time-out, 5xx, no connection, aborted, bad key), `limited`
   * (429), `invalid` with code `malformed_arguments`, `empty_answer` or `model_refused`.
   */
  abstract complete(request: ModelRequest, signal: AbortSignal): Promise<ModelAnswer>;
}
