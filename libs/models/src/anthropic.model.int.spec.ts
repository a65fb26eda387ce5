import { AnthropicModel } from './anthropic.model.ts';
import type { ModelMessage } from './model.port.ts';
import { streamServer } from './servers.fixture.spec.ts';
import {
  anthropicFormat,
  END,
  event,
  running,
  someRequest,
  start,
  stop,
  text,
} from './wire-formats.fixture.spec.ts';

describe('AnthropicModel over HTTP', () => {
  const answerTo = async (...events: readonly string[]) => {
    await using server = await streamServer((response) => response.end(events.join('')));
    const model = new AnthropicModel({ baseUrl: server.url, timeoutMs: 30_000 });
    return await model.complete(someRequest('hello'), running());
  };

  it('AGT-6: counts what was read from and written to the cache, and the reasoning', async () => {
    const usage = {
      input_tokens: 5,
      cache_read_input_tokens: 80,
      cache_creation_input_tokens: 15,
      output_tokens: 1,
    };
    const later = {
      input_tokens: null,
      cache_read_input_tokens: null,
      output_tokens: 50,
      output_tokens_details: { thinking_tokens: 40 },
    };
    const answer = await answerTo(start(usage), text('hi'), stop('end_turn', {}, later), END);
    expect(answer).toMatchObject({
      promptTokens: 100,
      cacheReadTokens: 80,
      cacheWriteTokens: 15,
      completionTokens: 50,
      reasoningTokens: 40,
    });
  });

  it('AGT-5: a refusal in the words of the provider', async () => {
    const about = { stop_details: { type: 'refusal', explanation: 'Not this.' } };
    await expect(answerTo(start({}), stop('refusal', about), END)).rejects.toMatchObject({
      code: 'answer_refused',
      message: 'model: it refused to answer: Not this.',
    });
  });

  it.each(['max_tokens', 'model_context_window_exceeded', 'pause_turn'])(
    'AGT-5: %s is a cut',
    async (reason) => {
      const answer = answerTo(start({}), text('hi'), stop(reason), END);
      await expect(answer).rejects.toMatchObject({ code: 'answer_cut' });
    },
  );

  it.each([
    ['rate_limit_error', 'limited'],
    ['overloaded_error', 'unavailable'],
    ['api_error', 'unavailable'],
    ['invalid_request_error', 'invalid'],
  ])('AGT-5: %s in the middle of the stream is %s', async (type, kind) => {
    const error = event({ type: 'error', error: { type, message: 'so they say' } });
    const message: unknown = expect.stringContaining('so they say');
    await expect(answerTo(start({}), text('He'), error)).rejects.toMatchObject({ kind, message });
  });

  it('AGT-5: puts parallel results into one message, and leaves out what says nothing', async () => {
    const bodies: string[] = [];
    await using server = await streamServer((response) => {
      response.req.on('data', (bytes: Buffer) => bodies.push(bytes.toString()));
      response.req.on('end', () => response.end(anthropicFormat.eventsOf('done').join('')));
    });
    const used = (id: string) => ({ id, name: 'restart', arguments: { id } });
    const result = (toolUseId: string): ModelMessage => ({ role: 'tool', toolUseId, text: 'ok' });
    const messages: ModelMessage[] = [
      { role: 'user', text: 'fix it' },
      { role: 'assistant', text: ' \n', toolUses: [used('a'), used('b')] },
      result('a'),
      result('b'),
      { role: 'assistant', text: '', toolUses: [] },
      { role: 'user', text: 'and?' },
    ];
    const model = new AnthropicModel({ baseUrl: server.url, apiKey: 'k', timeoutMs: 30_000 });
    await model.complete({ ...someRequest(''), messages }, running());
    expect(JSON.parse(bodies.join(''))).toMatchObject({
      system: 'You are a test.',
      max_tokens: 32_000,
      stream: true,
      messages: [
        { role: 'user', content: 'fix it' },
        {
          role: 'assistant',
          content: ['a', 'b'].map((id) => ({ type: 'tool_use', id, input: { id } })),
        },
        {
          role: 'user',
          content: ['a', 'b'].map((id) => ({ type: 'tool_result', tool_use_id: id })),
        },
        { role: 'user', content: 'and?' },
      ],
      tools: [{ name: 'restart', input_schema: { type: 'object' } }],
    });
  });
});
