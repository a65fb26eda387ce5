import type {
  ContentBlockParam,
  MessageCreateParamsStreaming,
  MessageDeltaUsage,
  MessageParam,
  RawMessageStreamEvent,
  StopReason,
  ToolResultBlockParam,
} from '@anthropic-ai/sdk/resources/messages';
import type { AnswerDraft, AnswerEnd, DraftedUse } from './answer-draft.ts';
import type { ModelMessage, ModelRequest } from './model.port.ts';
import { outputTokensMaxOf } from './output-limit.ts';
import { tokens } from './token-usage.ts';

/** Our request in the words of Anthropic's messages. */
export function messageParamsOf(request: ModelRequest): MessageCreateParamsStreaming {
  return {
    model: request.model,
    // Anthropic wants a limit, thoughts included.
    max_tokens: request.outputTokensMax ?? outputTokensMaxOf(request),
    system: request.system,
    messages: messagesOf(request.messages),
    stream: true,
    ...(request.tools.length === 0
      ? {}
      : {
          tools: request.tools.map(({ name, description, inputSchema }) => ({
            name,
            description,
            input_schema: { ...inputSchema, type: 'object' as const },
          })),
        }),
  };
}

/** The results of parallel tool uses belong into one message, right after the uses. */
function messagesOf(messages: readonly ModelMessage[]): MessageParam[] {
  const params: MessageParam[] = [];
  let results: ToolResultBlockParam[] = [];
  for (const message of messages) {
    if (message.role === 'tool') {
      if (results.length === 0) params.push({ role: 'user', content: results });
      results.push({
        type: 'tool_result',
        tool_use_id: message.toolUseId,
        content: message.text,
      });
      continue;
    }
    results = [];
    if (message.role === 'user') params.push({ role: 'user', content: message.text });
    else params.push({ role: 'assistant', content: assistantBlocks(message) });
  }
  // An assistant's message without content is refused.
  return params.filter(({ content }) => content.length > 0);
}

function assistantBlocks(
  message: Extract<ModelMessage, { role: 'assistant' }>,
): ContentBlockParam[] {
  const uses = message.toolUses.map(({ id, name, arguments: input }) => ({
    type: 'tool_use' as const,
    id,
    name,
    input,
  }));
  // Text of nothing but white space is refused.
  if (message.text.trim() === '') return uses;
  return [{ type: 'text', text: message.text }, ...uses];
}

/** As its events tell them, none of them surely: compatible servers leave some out. */
type Counts = Partial<MessageDeltaUsage>;

/** Takes the events of one stream, in their order, into a draft. */
export class MessageReader {
  readonly #uses = new Map<number, DraftedUse>();
  readonly #counts: Counts = {};
  #end: AnswerEnd | undefined;

  constructor(private readonly draft: AnswerDraft) {}

  read(event: RawMessageStreamEvent): void {
    if (event.type === 'message_start') {
      this.draft.model = event.message.model;
      this.#count(event.message.usage);
    } else if (event.type === 'content_block_start') {
      const { content_block: block, index } = event;
      if (block.type === 'text') this.draft.say(block.text);
      if (block.type === 'tool_use') this.#uses.set(index, this.draft.use(block.name, block.id));
    } else if (event.type === 'content_block_delta') {
      const { delta, index } = event;
      const use = this.#uses.get(index);
      if (delta.type === 'text_delta') this.draft.say(delta.text);
      if (delta.type === 'input_json_delta' && use) this.draft.argue(use, delta.partial_json);
    } else if (event.type === 'message_delta') {
      this.#count(event.usage);
      this.#end = endOf(event.delta.stop_reason);
      this.draft.refusal = event.delta.stop_details?.explanation ?? '';
    } else if (event.type === 'message_stop') {
      this.draft.end = this.#end;
    }
  }

  /** Later counts are totals too; what a later event does not tell stays as it was. */
  #count(usage: Counts): void {
    const told = Object.entries(usage).filter(([, count]) => count !== null);
    const counts: Counts = Object.assign(this.#counts, Object.fromEntries(told));
    const { cache_read_input_tokens: read, cache_creation_input_tokens: written } = counts;
    this.draft.usage = tokens({
      promptTokens: (counts.input_tokens ?? 0) + (read ?? 0) + (written ?? 0),
      cacheReadTokens: read,
      cacheWriteTokens: written,
      completionTokens: counts.output_tokens,
      reasoningTokens: counts.output_tokens_details?.thinking_tokens,
    });
  }
}

function endOf(reason: StopReason | null): AnswerEnd | undefined {
  if (reason === null) return undefined;
  if (reason === 'refusal') return 'refused';
  if (reason === 'end_turn' || reason === 'tool_use' || reason === 'stop_sequence') return 'whole';
  return 'cut';
}
