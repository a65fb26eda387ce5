import type {
  ChatCompletionChunk,
  ChatCompletionCreateParamsStreaming,
  ChatCompletionMessageParam,
} from 'openai/resources/chat/completions';
import type { AnswerDraft, AnswerEnd, DraftedUse } from './answer-draft.ts';
import { brokenOff } from './model-failure.ts';
import type { ModelMessage, ModelRequest, TokenUsage } from './model.port.ts';
import { tokens } from './token-usage.ts';

/** How a server calls the limit of an answer. */
export type OutputLimitName = 'max_completion_tokens' | 'max_tokens';

/**
 * OpenAI's newer models refuse the old name, many other servers do not know the new one:
 * https://platform.openai.com/docs/api-reference/chat/create
 */
export function outputLimitNameOf(baseUrl: string): OutputLimitName {
  return new URL(baseUrl).hostname === 'api.openai.com' ? 'max_completion_tokens' : 'max_tokens';
}

/** Our request in the words of OpenAI's chat completions. */
export function completionOf(
  request: ModelRequest,
  outputLimit: OutputLimitName,
): ChatCompletionCreateParamsStreaming {
  const { outputTokensMax } = request;
  const messages = request.messages.map((message) => messageOf(message, request));
  return {
    model: request.model,
    messages: [{ role: 'system', content: request.system }, ...messages],
    stream: true,
    stream_options: { include_usage: true },
    ...(outputTokensMax === undefined ? {} : { [outputLimit]: outputTokensMax }),
    ...(request.tools.length === 0
      ? {}
      : {
          ...(request.provider === 'deepseek' ? withoutThinking : {}),
          tools: request.tools.map(({ name, description, inputSchema }) => ({
            type: 'function' as const,
            function: { name, description, parameters: { ...inputSchema } },
          })),
        }),
  };
}

function messageOf(message: ModelMessage, request: ModelRequest): ChatCompletionMessageParam {
  if (message.role === 'user') return { role: 'user', content: message.text };
  if (message.role === 'tool') {
    return { role: 'tool', tool_call_id: message.toolUseId, content: message.text };
  }
  const calls = message.toolUses.map(({ id, name, arguments: args }, index) => ({
    id,
    type: 'function' as const,
    function: { name, arguments: JSON.stringify(args) },
    ...(index === 0 && wantsSignature(request) ? unsigned : {}),
  }));
  return {
    role: 'assistant',
    content: message.text,
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
  };
}

/**
 * Gemini from 3 on wants its signature back with the first tool call of a step, or these words for
 * a history without one: https://ai.google.dev/gemini-api/docs/thought-signatures
 */
const unsigned = {
  extra_content: { google: { thought_signature: 'skip_thought_signature_validator' } },
};

function wantsSignature({ provider, model }: ModelRequest): boolean {
  return provider === 'google' && !/^gemini-[12]\b/.test(model);
}

/**
 * DeepSeek thinks unless told not to, and then wants its thoughts back with every tool call, which
 * no journal of ours holds: https://api-docs.deepseek.com/guides/thinking_mode
 */
const withoutThinking = { thinking: { type: 'disabled' } };

/** Takes the chunks of one stream, in their order, into a draft. */
export class CompletionReader {
  readonly #uses = new Map<number, DraftedUse>();

  constructor(private readonly draft: AnswerDraft) {}

  /** @throws ModelFailure when the provider ended the answer for reasons of its own. */
  read(chunk: ChatCompletionChunk): void {
    // The SDK's types promise choices; compatible servers do not keep the promise.
    const { choices, usage, model } = chunk as Partial<ChatCompletionChunk>;
    if (model) this.draft.model = model;
    if (usage) this.draft.usage = usageOf(usage);
    const { delta, finish_reason: reason } = choices?.[0] ?? {};
    this.draft.say(delta?.content ?? '');
    this.draft.refusal += delta?.refusal ?? '';
    for (const call of delta?.tool_calls ?? []) this.#call(call);
    if (reason) this.draft.end = endOf(reason);
  }

  #call({ index, id, function: called }: ChatCompletionChunk.Choice.Delta.ToolCall): void {
    let use = this.#uses.get(index);
    // Some servers give every one of parallel calls the same index, or none; an id is new.
    if (!use || (id && use.id && id !== use.id)) {
      use = this.draft.use(called?.name ?? '', id);
      this.#uses.set(index, use);
    }
    use.name ||= called?.name ?? '';
    this.draft.argue(use, called?.arguments ?? '');
  }
}

/** Ends that are not the model's own are DeepSeek's and OpenRouter's. */
function endOf(reason: string): AnswerEnd {
  if (reason === 'length') return 'cut';
  if (reason === 'content_filter') return 'refused';
  if (reason === 'error' || reason === 'insufficient_system_resource') {
    throw brokenOff(`the provider ended the answer: ${reason}`);
  }
  return 'whole';
}

function usageOf(usage: NonNullable<ChatCompletionChunk['usage']>): TokenUsage {
  const { prompt_tokens_details: prompt, completion_tokens_details: completion } = usage;
  // DeepSeek's own name for the same.
  const { prompt_cache_hit_tokens: hits } = usage as { prompt_cache_hit_tokens?: number };
  return tokens({
    promptTokens: usage.prompt_tokens,
    cacheReadTokens: prompt?.cached_tokens ?? hits,
    cacheWriteTokens: prompt?.cache_write_tokens,
    completionTokens: usage.completion_tokens,
    reasoningTokens: completion?.reasoning_tokens,
  });
}
