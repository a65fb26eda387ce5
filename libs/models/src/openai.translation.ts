import { AppError, jsonObject, type JsonObject } from '@signalbox/kernel';
import type {
  ChatCompletion,
  ChatCompletionCreateParamsNonStreaming,
  ChatCompletionMessageParam,
} from 'openai/resources/chat/completions';
import type { ModelAnswer, ModelMessage, ModelRequest, ModelToolUse } from './model.port.ts';

/** Our request in the words of OpenAI's chat completions. */
export function completionOf(request: ModelRequest): ChatCompletionCreateParamsNonStreaming {
  return {
    model: request.model,
    messages: [{ role: 'system', content: request.system }, ...request.messages.map(messageOf)],
    ...(request.tools.length === 0
      ? {}
      : {
          tools: request.tools.map(({ name, description, inputSchema }) => ({
            type: 'function' as const,
            function: { name, description, parameters: { ...inputSchema } },
          })),
        }),
  };
}

function messageOf(message: ModelMessage): ChatCompletionMessageParam {
  if (message.role === 'user') return { role: 'user', content: message.text };
  if (message.role === 'tool') {
    return { role: 'tool', tool_call_id: message.toolUseId, content: message.text };
  }
  const calls = message.toolUses.map(({ id, name, arguments: args }) => ({
    id,
    type: 'function' as const,
    function: { name, arguments: JSON.stringify(args) },
  }));
  return {
    role: 'assistant',
    content: message.text,
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
  };
}

/** @throws AppError `invalid`: `empty_answer`, `malformed_arguments`. */
export function answerOf(completion: ChatCompletion, request: ModelRequest): ModelAnswer {
  // The SDK's types promise choices and usage; compatible servers do not keep the promise.
  const message = (completion as Partial<ChatCompletion>).choices?.[0]?.message;
  if (message === undefined) {
    throw new AppError({
      code: 'empty_answer',
      kind: 'invalid',
      message: `model ${request.model} answered without a message`,
    });
  }
  const toolUses = (message.tool_calls ?? []).flatMap((call): ModelToolUse[] => {
    if (call.type !== 'function') return [];
    const { name, arguments: text } = call.function;
    return [{ ...(call.id ? { id: call.id } : {}), name, arguments: argumentsOf(name, text) }];
  });
  return {
    text: message.content ?? '',
    toolUses,
    promptTokens: completion.usage?.prompt_tokens ?? 0,
    completionTokens: completion.usage?.completion_tokens ?? 0,
    provider: request.provider,
    model: completion.model ?? request.model,
    offline: false,
  };
}

function argumentsOf(tool: string, text: string): JsonObject {
  const parsed = jsonObject.safeParse(jsonIn(text));
  if (parsed.success) return parsed.data;
  throw new AppError({
    code: 'malformed_arguments',
    kind: 'invalid',
    message: `model: the arguments of ${tool} are not a JSON object`,
  });
}

/** Providers send '' for a tool that takes no arguments. */
function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text.trim() === '' ? '{}' : text);
  } catch {
    return undefined;
  }
}
