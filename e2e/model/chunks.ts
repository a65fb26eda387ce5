import type { Reply } from './conversation.ts';

const PROMPT_TOKENS = 100;
const COMPLETION_TOKENS = 20;

/**
 * A reply as the data of a streamed chat completion, one JSON text for each server-sent event:
 * https://platform.openai.com/docs/api-reference/chat-streaming
 */
export function chunksOf(reply: Reply): readonly string[] {
  const base = {
    id: 'chatcmpl-chaos',
    object: 'chat.completion.chunk',
    created: 0,
    model: 'chaos',
  };
  const said = (delta: object, finish: string | null = null): string =>
    JSON.stringify({ ...base, choices: [{ index: 0, delta, finish_reason: finish }] });
  const usage = {
    prompt_tokens: PROMPT_TOKENS,
    completion_tokens: COMPLETION_TOKENS,
    total_tokens: PROMPT_TOKENS + COMPLETION_TOKENS,
  };
  const parts = 'text' in reply ? [{ content: reply.text }] : toolDeltas(reply.calls);
  return [
    said({ role: 'assistant', content: '' }),
    ...parts.map((part) => said(part)),
    said({}, 'text' in reply ? 'stop' : 'tool_calls'),
    JSON.stringify({ ...base, choices: [], usage }),
  ];
}

function toolDeltas(calls: Extract<Reply, { calls: unknown }>['calls']): readonly object[] {
  return calls.flatMap(({ name, arguments: given }, index) => {
    const id = `call_${index}`;
    const opening = { index, id, type: 'function', function: { name, arguments: '' } };
    const rest = { index, function: { arguments: JSON.stringify(given) } };
    return [{ tool_calls: [opening] }, { tool_calls: [rest] }];
  });
}
