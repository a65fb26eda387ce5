import type { ModelRequest } from './model.port.ts';

/**
 * What providers put around a prompt: the words that tell a model how to use tools, a few hundred
 * tokens (https://platform.claude.com/docs/en/agents-and-tools/tool-use), and the marks that begin
 * and end it. What they put around each message is less than our JSON around it.
 */
const SURROUNDINGS_TOKENS = 1_000;

/** An earlier prompt with which this one begins, and its size by the provider's own count. */
export interface CountedPrompt {
  /** How many messages it had. */
  readonly messages: number;
  readonly promptTokens: number;
}

/**
 * Tokens that the prompt has at most, in whichever model's way of counting. A token stands for one
 * byte at least: tokenizers fall back to single bytes for what they have no word for
 * (https://github.com/openai/tiktoken), and never below. English has some four bytes to a token,
 * so this is far above what a call uses; hostile text and rare scripts come close to it.
 *
 * @param counted of the same model, where the last prompt of a conversation is known: only what
 * came since is estimated then, and a long conversation's estimate stays near the truth.
 */
export function estimateTokens(request: ModelRequest, counted?: CountedPrompt): number {
  const { system, messages, tools } = request;
  const whole = bytesOf({ system, messages, tools }) + SURROUNDINGS_TOKENS;
  // Some servers count nothing and say 0.
  if (counted === undefined || counted.promptTokens === 0) return whole;
  return Math.min(whole, counted.promptTokens + bytesOf(messages.slice(counted.messages)));
}

/** JSON escapes what it must, so it has no fewer bytes than the text that the model reads. */
function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
