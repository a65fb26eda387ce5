import { AnthropicModel } from './anthropic.model.ts';
import type { ModelServer } from './model-server.ts';
import type { ModelPort, ModelRequest } from './model.port.ts';
import { OpenAiModel } from './openai.model.ts';

/** A wire format, and what differs about it. */
export interface WireFormat {
  readonly name: string;
  readonly create: (server: ModelServer) => ModelPort;
  /** What a base URL has behind the server's origin. */
  readonly path: string;
  /** Its own word for an answer that was refused. */
  readonly refused: string;
  /** The events of an answer of this text, each as it stands on the wire. */
  readonly eventsOf: (text: string) => readonly string[];
  /** The events of an answer that uses these tools with these arguments, as JSON. */
  readonly eventsOfUses: (...uses: readonly (readonly [string, string])[]) => readonly string[];
}

export const someRequest = (text: string): ModelRequest => ({
  provider: 'some',
  model: 'small',
  system: 'You are a test.',
  messages: [{ role: 'user', text }],
  tools: [{ name: 'restart', description: 'Restarts a service.', inputSchema: { type: 'object' } }],
});

export const running = () => new AbortController().signal;

/** One event in OpenAI's format. */
export const sse = (data: unknown) => `data: ${JSON.stringify(data)}\n\n`;
export const chunk = (delta: object, reason: string | null = null) =>
  sse({ model: 'small', choices: [{ index: 0, delta, finish_reason: reason }] });
export const DONE = 'data: [DONE]\n\n';

export const openAiFormat: WireFormat = {
  name: "OpenAI's format",
  create: (server) => new OpenAiModel(server),
  path: '/v1',
  refused: 'content_filter',
  eventsOf: (text) => [
    chunk({ role: 'assistant', content: '' }),
    chunk({ content: text }),
    chunk({}),
    chunk({}, 'stop') + DONE,
  ],
  eventsOfUses: (...uses) => [
    ...uses.map(([name, json], index) =>
      chunk({ tool_calls: [{ index, id: `${index}`, function: { name, arguments: json } }] }),
    ),
    chunk({}, 'tool_calls') + DONE,
  ],
};

/** One event in Anthropic's format. */
export const event = (data: { readonly type: string; readonly [key: string]: unknown }) =>
  `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;
export const start = (usage: object) =>
  event({ type: 'message_start', message: { model: 'small', content: [], usage } });
const block = (begin: object, delta: object, index = 0) =>
  event({ type: 'content_block_start', index, content_block: begin }) +
  event({ type: 'content_block_delta', index, delta }) +
  event({ type: 'content_block_stop', index });
export const text = (delta: string) =>
  block({ type: 'text', text: '' }, { type: 'text_delta', text: delta });
export const stop = (reason: string, about: object = {}, usage: object = { output_tokens: 3 }) =>
  event({ type: 'message_delta', delta: { stop_reason: reason, ...about }, usage });
export const END = event({ type: 'message_stop' });

export const anthropicFormat: WireFormat = {
  name: "Anthropic's format",
  create: (server) => new AnthropicModel(server),
  path: '',
  refused: 'refusal',
  eventsOf: (words) => [
    start({ input_tokens: 11, output_tokens: 1 }),
    text(words),
    event({ type: 'ping' }),
    stop('end_turn'),
    END,
  ],
  eventsOfUses: (...uses) => [
    start({}),
    ...uses.map(([name, json], index) =>
      block(
        { type: 'tool_use', id: `${index}`, name, input: {} },
        { type: 'input_json_delta', partial_json: json },
        index,
      ),
    ),
    stop('tool_use'),
    END,
  ],
};

export const wireFormats = [openAiFormat, anthropicFormat];
