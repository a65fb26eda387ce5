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
  /**
   * Of the answer, with its reasoning. One that is cut because of it is `answer_cut`. Absent: as
   * the provider sees fit.
   */
  readonly outputTokensMax?: number;
}

/** What a call used, in tokens. A field that is absent was not told. */
export interface TokenUsage {
  /** The whole prompt, with what was read from and written to the provider's cache. */
  readonly promptTokens: number;
  readonly cacheReadTokens?: number;
  readonly cacheWriteTokens?: number;
  /** All that the model wrote, with its reasoning. */
  readonly completionTokens: number;
  readonly reasoningTokens?: number;
}

/** A model, and who serves it. */
export interface ModelName {
  readonly provider: string;
  readonly model: string;
}

/** A model that was asked and gave no answer. */
export interface FailedModel extends ModelName {
  readonly code: string;
  readonly reason: string;
}

export interface ModelAnswer extends TokenUsage {
  /** '' when the model only used tools. */
  readonly text: string;
  readonly toolUses: readonly ModelToolUse[];
  readonly provider: string;
  /** The exact model that answered, as its provider calls it. */
  readonly model: string;
  /** True when no language model was asked. */
  readonly offline: boolean;
  /** Who was asked before the one that answered, in order; absent when it was the first. */
  readonly failedBefore?: readonly FailedModel[];
}

/**
 * Hears an answer's text while it is written. Half of an answer is none: when `by` changes, or the
 * call fails, what was heard before is void.
 */
export type OnText = (delta: string, by: ModelName) => void;

/** One question to a model, one answer. Retries belong to the caller, who keeps a journal. */
export abstract class ModelPort {
  /**
   * @param signal aborts the call under way.
   * @param onText for those who watch; what counts is the answer.
   * @throws ModelFailure `unavailable` (time-out, 5xx, no connection, aborted, bad key; with code
   * `answer_truncated` for an answer that had begun, and so may cost), `limited` (429, with when to
   * come back), `invalid` with code `model_refused`; UnusableAnswer with code `malformed_arguments`, `answer_cut`,
   * `answer_refused`, `answer_too_large` or `empty_answer`.
   */
  abstract complete(
    request: ModelRequest,
    signal: AbortSignal,
    onText?: OnText,
  ): Promise<ModelAnswer>;
}
