import type { JsonObject } from '@signalbox/kernel';
import type { RunEvents } from './execution-log.ts';

/** What the model's answers of a run used, those of its sub-agents not counted. */
export function runUsage(events: RunEvents): JsonObject {
  const answers = events.flatMap((event) =>
    event.type === 'execution.model_answered' ? [event.data] : [],
  );
  const sum = (valueOf: (answer: (typeof answers)[number]) => number | undefined) =>
    answers.reduce((total, answer) => total + (valueOf(answer) ?? 0), 0);
  return {
    model_calls: answers.length,
    prompt_tokens: sum(({ promptTokens }) => promptTokens),
    cache_read_tokens: sum(({ cacheReadTokens }) => cacheReadTokens),
    cache_write_tokens: sum(({ cacheWriteTokens }) => cacheWriteTokens),
    completion_tokens: sum(({ completionTokens }) => completionTokens),
    reasoning_tokens: sum(({ reasoningTokens }) => reasoningTokens),
    usd: sum(({ usd }) => usd),
    /** Calls of which no price is known, and so not in `usd`. */
    unpriced_calls: answers.filter(({ usd, offline }) => usd === undefined && !offline).length,
  };
}
